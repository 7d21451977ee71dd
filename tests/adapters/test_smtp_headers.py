"""What stands in the headers of a mail is read again as it was, however long it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.utils import getaddresses

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipeflow.adapters.smtp_letter import Mailbox, letter, mailbox, mailbox_problems
from pipeflow.model.text import single_line
from pipeflow.show.characters import legible
from tests.adapters.mail_servers import ADA, mail

NOON = datetime(2027, 1, 4, 12, tzinfo=UTC)
PARTNERS = (
    '"Lovelace, Babbage, Menabrea and Partners, Certified Public Accountants and Tax Advisers" '
    "<office@firm.example>"
)
FIRM = Mailbox("", "office@firm.example")

# Letters of all scripts, and what means something in a header.
SIGNS = st.sampled_from(' ,;:.<>@()[]"\\=?_%*&') | st.sampled_from("aZ9é ßŁ李🎉\u0301")
LETTERS = st.characters(codec="utf-8").filter(legible) | st.sampled_from("\u200c\u200d\xa0\u202f")
WORDS = st.sampled_from(["tax", "return,", "prête", "Łukasz", "é", "🎉", "2026", "Müller:", "李"])
SENTENCES = st.lists(WORDS, min_size=8, max_size=30).map(" ".join)
LINES = SENTENCES | st.text(SIGNS | LETTERS, max_size=300).map(single_line)
NAMES = SENTENCES | st.text(SIGNS | LETTERS, max_size=200).map(single_line)


def written(
    subject: str = "Hello",
    *to: str,
    firm: Mailbox = FIRM,
    author: Mailbox = FIRM,
    files: Sequence[str] = (),
) -> bytes:
    """Write a mail."""
    return letter(
        mail(*to, subject=subject),
        firm=firm,
        author=author,
        date=NOON,
        files=[(name, b"x") for name in files],
    ).content


def read(content: bytes) -> EmailMessage:
    """Read a mail as Python's present policy does."""
    found = message_from_bytes(content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    return found


def decoded(text: str) -> str:
    """Read a header, or a part of one, as `decode_header` does."""
    return str(make_header(decode_header(text.replace("\r\n", ""))))


def owners(message: Message, name: str) -> list[tuple[str, str]]:
    """Return the names and addresses of a header, as the older functions read them."""
    line = message[name].replace("\r\n", "")
    return [(decoded(owner), address) for owner, address in getaddresses([line])]


def parts(content: bytes) -> list[Message]:
    """Return the parts of a mail, as the older functions read them."""
    message = message_from_bytes(content)
    return [part for part in message.walk() if part is not message]


def keeps_to_the_lines(content: bytes) -> bool:
    """Tell whether no line is too long, or ends in its middle."""
    lines = content.split(b"\r\n")
    return all(len(line) <= 998 and b"\r" not in line and b"\n" not in line for line in lines)


def test_a_long_name_with_a_comma_stays_one_sender() -> None:
    """Without its quotes, it would be four."""
    firm = mailbox(PARTNERS)

    content = written(firm=firm, author=firm)

    assert not any(mailbox_problems(PARTNERS, "$"))
    assert owners(message_from_bytes(content), "From") == [firm]
    assert [one.display_name for one in read(content)["From"].addresses] == [firm.name]


@pytest.mark.parametrize(
    "subject",
    [
        "Votre déclaration 2026 est prête, Łukasz Wiśniewski",
        "Your tax return for 2026 is ready, please review it before Friday: Jörg Müller",
        "Please review and sign the engagement letter for your ta für A é B Söhne 🎉",
        "Your  tax return ".ljust(60) + "is ready, " * 40 + "Ada",
        "",
    ],
)
def test_a_long_subject_keeps_its_spaces(subject: str) -> None:
    """Clients read no code, and no words that run together."""
    content = written(subject)

    assert decoded(message_from_bytes(content)["Subject"]) == subject
    assert read(content)["Subject"] == subject


def test_a_short_subject_of_plain_letters_stays_legible() -> None:
    """Logs and filters of servers show it as it stands."""
    assert b"\r\nSubject: Your return: 50% done\r\n" in written("Your return: 50% done")


def test_no_word_of_code_is_longer_than_programs_must_read() -> None:
    """RFC 2047 allows 75 characters, and a line with one 76."""
    firm = Mailbox("李" * 200, FIRM.address)

    content = written("李" * 200, firm=firm, author=firm)

    lines = [line for line in content.split(b"\r\n") if b"=?" in line]
    assert len(lines) > 20
    assert max(map(len, lines)) <= 76


@given(subject=LINES)
@example(subject="a" * 2000)
@settings(max_examples=150)
def test_any_subject_is_read_as_it_was_written(subject: str) -> None:
    """By old and new readers."""
    content = written(subject)

    assert decoded(message_from_bytes(content)["Subject"]) == subject
    assert read(content)["Subject"] == subject
    assert keeps_to_the_lines(content)


@given(name=NAMES)
@settings(max_examples=150)
def test_any_name_stays_that_of_one_sender(name: str) -> None:
    """Spaces in a row are one, as readers have it; some put one more between two words of code."""
    author = Mailbox(name, "mia@firm.example")
    expected = " ".join(filter(None, name.split(" ")))

    content = written(author=author, firm=Mailbox(name, FIRM.address))

    plain, message = message_from_bytes(content), read(content)
    for header, address in (("From", author.address), ("Sender", FIRM.address)):
        assert owners(plain, header) == [(expected, address)]
        (found,) = message[header].addresses if header == "From" else [message[header].address]
        assert found.addr_spec == address
        if plain[header].count("=?utf-8?") <= 1:
            assert found.display_name == expected
        assert found.display_name.replace(" ", "") == expected.replace(" ", "")
    assert keeps_to_the_lines(content)


@pytest.mark.parametrize(
    "text", ["نامه\u200cها", "क्\u200dष", "👨\u200d👩\u200d👧", "Impôts\xa0: 2026"], ids=ascii
)
def test_joiners_and_spaces_that_part_nothing_stay(text: str) -> None:
    """Whole scripts, emoji and the colons of French are written with them."""
    owner = mailbox(f"{text} <{FIRM.address}>")
    message = read(written(text, author=owner, firm=owner, files=[f"{text}.pdf"]))

    assert [*mailbox_problems(f"{text} <{FIRM.address}>", "$.sender")] == []
    assert message["Subject"] == text
    assert message["From"].addresses[0].display_name == text
    assert [part.get_filename() for part in message.iter_attachments()] == [f"{text}.pdf"]


def test_what_turns_the_order_round_becomes_a_space() -> None:
    """A file that is called `a\u202efdp.exe` would look like one of another kind."""
    message = read(written("a\u202eb", files=["a\u202efdp.exe"]))

    assert message["Subject"] == "a b"
    assert [part.get_filename() for part in message.iter_attachments()] == ["a fdp.exe"]


@given(name=LINES.filter(bool))
@settings(max_examples=150)
def test_any_file_keeps_its_name(name: str) -> None:
    """Its ending says what opens it."""
    content = written(files=[name, "second.pdf"])

    found = [part["Content-Disposition"] for part in read(content).iter_attachments()]
    assert [one.content_disposition for one in found] == ["attachment", "attachment"]
    assert [one.params["filename"] for one in found] == [name, "second.pdf"]
    assert [part.get_filename() for part in parts(content)[1:]] == [name, "second.pdf"]
    assert keeps_to_the_lines(content)


@given(text=st.text(max_size=200), name=NAMES)
@settings(max_examples=100)
def test_no_text_adds_a_header(text: str, name: str) -> None:
    """Whatever stands in it, line breaks too."""
    owner = Mailbox(name, FIRM.address)

    content = written(text, firm=owner, author=owner, files=[f"{text}.pdf"])

    plain = message_from_bytes(content)
    assert set(plain.keys()) == {
        "From", "To", "Subject", "Message-ID", "Date", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    }  # fmt: skip
    assert {key for part in parts(content) for key in part.keys()} == {  # noqa: SIM118
        "Content-Type", "Content-Transfer-Encoding", "Content-Disposition", "MIME-Version",
    }  # fmt: skip
    assert keeps_to_the_lines(content)


def test_many_long_addresses_stay_what_they_are() -> None:
    """A line that is broken inside an address leads to nobody."""
    long = f"{'a' * 64}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
    to = [ADA, long, *(f"person-{number}@example.com" for number in range(60))]

    content = written("Hello", *to, firm=Mailbox("", long))

    assert [address for _, address in owners(message_from_bytes(content), "To")] == to
    assert [one.addr_spec for one in read(content)["To"].addresses] == to
    assert read(content)["Message-ID"].endswith(f"@{long.partition('@')[2]}>")
    assert keeps_to_the_lines(content)
