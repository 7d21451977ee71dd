"""Mail leaves by a real mail server, as a mail that programs and people can read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeflow import DefinitionError, PipeflowError
from pipeflow.adapters.smtp import SmtpEmail
from pipeflow.adapters.smtp_letter import Mailbox, letter
from pipeflow.model.templates import EmailFormat
from pipeflow.ports import Rejected
from pipeflow.testing import ManualClock
from pipeflow.testing.contracts import EmailPortContract
from tests.adapters.mail_servers import FIRM, MailServer, mail, plain

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)


@pytest.fixture(name="server")
def _server() -> Iterator[MailServer]:
    with MailServer() as server:
        yield server


class TestSmtpEmail(EmailPortContract):
    """It keeps the contract of all ports for mail."""

    @pytest.fixture
    def port(self, server: MailServer) -> SmtpEmail:
        """Make one that talks to a server of its own."""
        return plain(server)

    @pytest.fixture
    def effects(self, server: MailServer) -> Callable[[], int]:
        """Count what the server took."""
        return lambda: len(server.room.taken)


def test_a_mail_says_whom_it_is_from_and_that_nobody_wrote_it_by_hand(server: MailServer) -> None:
    """Programs that answer by themselves leave such mail alone (RFC 3834)."""
    port = plain(server, clock=ManualClock(NOON))

    receipt = port.send(mail("ada@example.com", "bob@example.com", key="k", body="Höst"))

    (taken,) = server.room.taken
    read = taken.message
    assert taken.envelope == "office@firm.example"
    assert taken.to == ("ada@example.com", "bob@example.com")
    assert taken.greeting == "firm.example"
    assert read["From"] == FIRM
    assert read["Sender"] is None
    assert read["To"] == "ada@example.com, bob@example.com"
    assert read["Subject"] == "Hello"
    assert read["Date"].datetime == NOON
    assert read["Auto-Submitted"] == "auto-generated"
    assert read["Message-ID"] == receipt.ref
    assert read.get_content_type() == "text/plain"
    assert read.get_content().rstrip() == "Höst"


def test_the_same_key_has_the_same_message_id_in_each_process(server: MailServer) -> None:
    """A mail that comes twice after a crash is one to mailboxes that look."""
    first, second = plain(server).send(mail(key="k")), plain(server).send(mail(key="k"))
    other = plain(server).send(mail(key="l"))

    assert first == second != other
    assert first.ref is not None
    assert first.ref.endswith("@firm.example>")
    assert len(server.room.taken) == 3


def test_html_goes_as_html(server: MailServer) -> None:
    """And plain text never (R-17)."""
    plain(server).send(mail(body="<p>Hi</p>", format=EmailFormat.HTML))

    read = server.room.taken[0].message
    assert read.get_content_type() == "text/html"
    assert read.get_content().rstrip() == "<p>Hi</p>"


def test_a_member_is_the_author_and_the_firm_the_sender(server: MailServer) -> None:
    """Who has no address, or is the firm itself, leaves the firm as both."""
    known = {"mia": "Mia Berg <mia@firm.example>", "all": "office@firm.example"}
    port = plain(server, senders=known.get)

    for number, member in enumerate(("mia", "max", "all", None)):
        port.send(mail(key=str(number), sender=member))

    found = [(one.message["From"], one.message["Sender"]) for one in server.room.taken]
    assert found == [
        ("Mia Berg <mia@firm.example>", FIRM),
        (FIRM, None),
        ("office@firm.example", None),
        (FIRM, None),
    ]
    assert {one.envelope for one in server.room.taken} == {"office@firm.example"}


def test_a_member_with_no_address_in_its_place_is_told_of(server: MailServer) -> None:
    """It is tried again, for whoever hears of it can mend it."""
    port = plain(server, senders={"mia": "Mia"}.get)

    with pytest.raises(DefinitionError, match=r"\$\.senders: must be one address"):
        port.send(mail(sender="mia"))


def test_attachments_are_found_by_their_references(server: MailServer) -> None:
    """What kind of file each is goes by its name; a mail in a file is bytes to others."""
    files = {
        "f-1": ("Årsbesked.pdf", b"%PDF"),
        "f-2": ("notes.txt", b"one\ntwo"),
        "f-3": ("old.eml", b"From: x"),
        "f-4": ("books.tar.gz", bytes(range(256))),
        "f-5": ("odd", b""),
    }
    plain(server, attach=files.__getitem__).send(mail(attachments=tuple(files)))

    parts = [*server.room.taken[0].message.iter_attachments()]
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in parts] == [
        *files.values()
    ]
    assert [part.get_content_type() for part in parts] == [
        "application/pdf",
        "text/plain",
        "application/octet-stream",
        "application/octet-stream",
        "application/octet-stream",
    ]


def test_attachments_that_nobody_can_find_are_rejected(server: MailServer) -> None:
    """A mail without them would say what is not true."""
    with pytest.raises(Rejected, match=r"SmtpEmail\(attach=\.\.\.\) was not given"):
        plain(server).send(mail(attachments=("f-1",)))


@pytest.mark.parametrize(
    "answer", [None, "f", ["f", b""], ("f",), ("", b""), ("f", "text"), (b"f", b"")]
)
def test_a_file_is_its_name_and_its_bytes(server: MailServer, answer: object) -> None:
    """Whatever else comes is told, and tried again."""
    with pytest.raises(PipeflowError, match="must come as its name and its bytes") as told:
        plain(server, attach=lambda ref: answer).send(mail(attachments=("f-1",)))

    assert not isinstance(told.value, Rejected)
    assert server.room.taken == []


@pytest.mark.parametrize("name", ["  ", "\n", "\u202e"])
def test_a_file_without_a_name_is_rejected(server: MailServer, name: str) -> None:
    """Mail programs would make one up, and nothing would open it."""
    port = plain(server, attach=lambda ref: (name, b"x"))

    with pytest.raises(Rejected, match="can be no name of a file"):
        port.send(mail(attachments=("f-1",)))

    assert server.room.asked == []


def test_a_file_that_would_have_to_be_awaited_is_told_of(server: MailServer) -> None:
    """Nobody here awaits it, and Python warns of none that was left behind."""

    async def later(ref: str) -> tuple[str, bytes]:
        return "f", b""

    def find(ref: str) -> object:
        return later(ref)

    with pytest.raises(PipeflowError, match="coroutine"):
        plain(server, attach=find).send(mail(attachments=("f-1",)))


def test_what_cannot_be_written_is_rejected(server: MailServer) -> None:
    """Half of a letter is no text, today and tomorrow."""
    with pytest.raises(Rejected, match="cannot be written as a mail"):
        plain(server).send(mail(body="\ud800"))


def test_what_the_host_raises_goes_through(server: MailServer) -> None:
    """A file store that is down is up again later; a reference that leads nowhere never works."""

    def attach(ref: str) -> tuple[str, bytes]:
        if ref == "gone":
            raise Rejected("there is no such file")
        raise ConnectionError("the file store is down")

    port = plain(server, attach=attach)

    with pytest.raises(ConnectionError, match="is down"):
        port.send(mail(attachments=("f-1",)))
    with pytest.raises(Rejected, match="no such file"):
        port.send(mail(attachments=("gone",)))


def test_letters_beyond_ascii_in_an_address_need_a_server_that_takes_them() -> None:
    """Where it does not, no wait would help."""
    with MailServer() as server:
        plain(server).send(mail("åsa@exämple.com", key="k"))
        (taken,) = server.room.taken
    with MailServer(enable_SMTPUTF8=False) as old:
        plain(old).send(mail(key="k", subject="Åsa"))
        with pytest.raises(Rejected, match="letters beyond ASCII"):
            plain(old).send(mail("åsa@example.com", key="l"))
        with pytest.raises(Rejected, match="letters beyond ASCII"):
            plain(old).send(mail("asa@exämple.com", key="l"))

    assert taken.to == ("åsa@exämple.com",)
    assert "SMTPUTF8" in taken.options
    assert "åsa@exämple.com".encode() in taken.content
    assert len(old.room.taken) == 1


@pytest.mark.parametrize(
    "address",
    [
        "ada",
        "a@b@c",
        "ada@x.com\r\nRCPT TO:<eve@x.com>",
        "a b@c",
        "=?utf-8?q?a=0aBcc=3a_eve=40x=2ecom?=@x.com",
    ],
)
def test_what_is_no_address_is_rejected(server: MailServer, address: str) -> None:
    """It could never arrive, and must never be a command."""
    with pytest.raises(Rejected, match="no address"):
        plain(server).send(mail(address))

    assert server.room.asked == []


@pytest.mark.parametrize(
    "text", ["=?utf-8?q?a=0aBcc=3a_eve=40x=2ecom?=", "a\r\nBcc: eve@x.com", "a\rb"]
)
def test_no_text_becomes_a_header(server: MailServer, text: str) -> None:
    """Python's own writer reads encoded words, and writes the line break that is in one."""
    plain(server, attach=lambda ref: (text, b"x")).send(
        mail(subject=text, body=text, attachments=("f-1",))
    )

    (taken,) = server.room.taken
    assert taken.message["Bcc"] is None
    assert taken.message["Auto-Submitted"] == "auto-generated"
    assert [part["Bcc"] for part in taken.message.walk()] == [None, None, None]
    assert b"\n" not in taken.content.replace(b"\r\n", b"")
    assert b"\r" not in taken.content.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "addresses",
    [("=?utf-8?q?a=0d=0aBcc=3a_e@x.com", "eve?=@x.com"), ("eve@x.com", "=?utf-8?q?a=0d=0a@x.com")],
)
def test_no_addresses_together_become_a_header(
    server: MailServer, addresses: tuple[str, str]
) -> None:
    """One begins an encoded word, and another ends it."""
    with pytest.raises(Rejected, match="no address"):
        plain(server).send(mail(*addresses))

    assert server.room.taken == []


PARTS = st.sampled_from(
    ["=?utf-8?q?", "=0a", "=0d=0a", "?=", "Bcc:", "@", " ", "\r", "\n", "ö", '"']
)
TEXTS = st.lists(PARTS).map("".join) | st.text(
    st.characters(codec="utf-8", exclude_characters="\0"), max_size=90
)


@given(
    subject=TEXTS,
    body=TEXTS,
    name=TEXTS.filter(lambda text: text.isprintable() and "=?" not in text),
)
@settings(max_examples=60)
def test_texts_arrive_as_they_are_and_add_no_header(subject: str, body: str, name: str) -> None:
    """Whatever somebody is called, it stays in its place."""
    firm = Mailbox(name.strip(), "office@firm.example")
    written = letter(
        mail(subject=f"Re: {subject}", body=body), firm=firm, author=firm, date=NOON, files=()
    )

    head, _, _ = written.content.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if line[:1] not in b" \t"]
    assert {name.decode() for name in names} == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type",
        "Content-Transfer-Encoding", "MIME-Version",
    }  # fmt: skip
    assert written.content.isascii()
    assert max(map(len, written.content.split(b"\r\n"))) < 998
