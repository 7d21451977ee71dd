"""Faults that a store in a file, or an engine, might have, each with what must notice it."""

from __future__ import annotations

from typing import NamedTuple

from tests.reliability.promises import (
    counts_what_has_left,
    hands_over_all,
    lets_nothing_come_back,
    makes_each_job_once,
    rests_while_paused,
    sends_in_the_window,
    withdraws_what_is_undone,
)
from tests.reliability.proofs import (
    EngineProof,
    StoreProof,
    contract,
    engine_deaths,
    engine_orders,
    full_disk,
    looks_before_it_asks,
    looks_once,
    restores_whole,
    safe_on_disk,
    store_deaths,
    store_orders,
    writes_alone,
    writes_down_first,
)

__all__ = ["ENGINES", "STORES", "EngineFault", "StoreFault"]


class StoreFault(NamedTuple):
    """What is wrong, in which module, and what stands there instead of what."""

    what: str
    module: str
    old: str
    new: str
    proof: StoreProof
    without_a_log: bool = False  # seen where SQLite has no log that processes may share


class EngineFault(NamedTuple):
    """The same, of an engine."""

    what: str
    module: str
    old: str
    new: str
    proof: EngineProof
    room: str = "engine"  # or "rules", with which the engine is built anew


PREPARED = "        commit = Commit(changes, self._texts)\n"
WRITTEN = (
    "        self._file.write(lambda db: commit.carry_out(db, self.clock.now()),"
    " durable=changes.durable)\n"
)
ERASED = """        if changes.erases:
            db.executemany(ERASE, [(tenant, *row) for row in changes.erases])
"""
TOLD = """        if self._chapters:
            db.executemany(INSERT_EVENT, self._chapters)
"""
LATE = WRITTEN.replace("commit.carry_out", "Commit(changes, self._texts).carry_out")

STORES = [
    # -- transactions ----------------------------------------------------------------------------
    StoreFault(
        "it begins to write without the lock",
        "sqlite_file", 'db.execute("BEGIN IMMEDIATE")\n            refuse_newer',
        'db.execute("BEGIN")\n            refuse_newer', writes_alone,
    ),
    StoreFault(
        "it keeps no journal",
        "sqlite_file", 'SHARED = "delete"', 'SHARED = "off"', full_disk, without_a_log=True,
    ),
    StoreFault(
        "it commits what was refused",
        "sqlite_file", 'if db.in_transaction:\n                db.execute("ROLLBACK")',
        'if db.in_transaction:\n                db.execute("COMMIT")',
        restores_whole,
    ),
    StoreFault(
        "it leaves the disk to itself",
        "sqlite_file", "wanted = self.synchronous if", 'wanted = "normal" if', safe_on_disk,
    ),
    StoreFault(
        "it waits for the disk with every receipt",
        "sqlite_file", "if durable or self.journal != WAL", "if True", safe_on_disk,
    ),
    StoreFault(
        "it leaves the folder of a journal to itself",
        "sqlite_file", "level_of(wanted, self.journal)", "wanted", safe_on_disk, without_a_log=True,
    ),
    StoreFault(
        "it reads row by row",
        "sqlite", "with self._file.connection(at_once=several) as db:\n            rows =",
        "with self._file.connection() as db:\n            rows =", looks_once,
    ),
    StoreFault(
        "it writes values down inside the lock",
        "sqlite", PREPARED + WRITTEN, LATE, writes_down_first,
    ),
    StoreFault(
        "it settles in a transaction of its own",
        "sqlite", WRITTEN, """        now = self.clock.now()

        def settled(db):
            terms = commit._checked(db, now)
            commit._settle(db, 0)
            return terms

        terms = self._file.write(settled)
        self._file.write(lambda db: commit._write(db, terms, now))
""", store_deaths,
    ),
    StoreFault(
        "it remembers a command before it is carried out",
        "sqlite", WRITTEN, WRITTEN.replace("        self", """        if changes.command_id:
            given = (changes.tenant, changes.command_id, commit._result)
            known = "INSERT OR IGNORE INTO pf_command VALUES (?, ?, 0, ?)"
            self._file.write(lambda db: db.execute(known, given))
        self"""), store_deaths,
    ),
    # -- versions and commands -------------------------------------------------------------------
    StoreFault(
        "it compares no versions",
        "sqlite_commit", "if there != version:", "if False:", store_orders,
    ),
    StoreFault(
        "it compares only the versions of what it writes",
        "sqlite_commit", "if there != version:", "if there != version and key in changes.puts:",
        contract("test_a02_rows_that_were_only_read_are_checked_too"),
    ),
    StoreFault(
        "it counts a row that comes again anew",
        "sqlite_commit", "        db.execute(GONE, row)\n", "",
        contract("test_a02_a_row_that_comes_again_goes_on_with_its_versions"),
    ),
    StoreFault(
        "it remembers no command",
        "sqlite_commit", "if changes.command_id is not None:\n            db.execute(REMEMBER",
        "if False:\n            db.execute(REMEMBER", store_deaths,
    ),
    StoreFault(
        "it does not look for what must not be there",
        "sqlite_commit", "for query in changes.none:", "for query in ():",
        contract("test_a02_what_must_not_be_there_is_looked_for_in_the_commit"),
    ),
    # -- terms and histories ---------------------------------------------------------------------
    StoreFault(
        "it finds rows by what they were",
        "sqlite_terms", "if gone := was - has", "if gone := was & set()",
        contract("test_a14_terms_follow_what_is_written"),
    ),
    StoreFault(
        "it tells a history backwards",
        "sqlite_chapters", '(">", "ASC", 0)', '("<", "DESC", LAST)',
        contract("test_a10_the_history_of_a_row_is_read_oldest_first"),
    ),
    StoreFault(
        "it tells the oldest where the newest is asked for",
        "sqlite_chapters", "'DESC' if newest else 'ASC'", "'ASC'",
        contract("test_a10_the_feed_can_be_read_newest_first"),
    ),
    # -- due rows --------------------------------------------------------------------------------
    StoreFault(
        "it asks again for what was done",
        "sqlite_commit", 'ON CONFLICT (tenant, key) DO NOTHING"""',
        "ON CONFLICT (tenant, key) DO UPDATE SET state = 'wait', ended = NULL\"\"\"",
        contract("test_a04_a_due_key_is_inserted_once_whatever_became_of_it"),
    ),
    StoreFault(
        "it takes an answer from whoever once held a row",
        "sqlite_commit", "if held is None or held[0] != settle.token:", "if held is None:",
        contract("test_a06_an_old_token_settles_nothing"),
    ),
    StoreFault(
        "it gives every owner the same token",
        "sqlite_queue", "token = token + 1", "token = max(token, 1)",
        contract("test_a06_an_old_token_settles_nothing"),
    ),
    StoreFault(
        "it reckons leases by the clock of whoever claims",
        "sqlite", "places, owner, now + lease)", "places, owner, due + lease)",
        contract("test_a06_an_old_token_settles_nothing"),
    ),
    StoreFault(
        "it never takes a row back from one who died",
        "sqlite_queue", "WHERE state = 'leased' AND until <= ?\"\"\"",
        "WHERE state = 'leased' AND until < 0 * ?\"\"\"", store_deaths,
    ),
    StoreFault(
        "it hands out what somebody holds",
        "sqlite_queue", "WHERE state = 'wait' AND at <= ?", "WHERE state <> 'dead' AND at <= ?",
        contract("test_a07_no_row_is_given_to_two_owners_before_its_lease_ends"),
    ),
    StoreFault(
        "it lets a port be asked for what was withdrawn",
        "sqlite_queue", "AND token = ? AND withdrawn = 0", "AND token = ?",
        contract("test_a05_what_somebody_holds_is_marked_when_it_is_withdrawn"),
    ),
    StoreFault(
        "it hands rows out by their keys",
        "sqlite_queue", 'order = " ORDER BY at, no, tenant, key LIMIT ?"',
        'order = " ORDER BY key LIMIT ?"',
        contract("test_a07_rows_come_in_the_order_of_instant_place_tenant_and_key"),
    ),
    StoreFault(
        "it ends what a port has in hand",
        "sqlite_commit", "WHERE tenant = ? AND key = ? AND state = 'leased'\"\"\"",
        "WHERE tenant = ? AND key = ? AND state = 'nobody'\"\"\"",
        contract("test_a05_what_somebody_holds_is_marked_when_it_is_withdrawn"),
    ),
    StoreFault(
        "it counts no calls",
        "sqlite_queue", "attempt = attempt + (called <> token)", "attempt = attempt",
        contract("test_a13_calls_are_counted_and_not_hand_outs"),
    ),
    StoreFault(
        "it shows a firm what another one is to do",
        "sqlite_queue", "{PARKED} FROM pf_due WHERE tenant = ? AND key = ?",
        "{PARKED} FROM pf_due WHERE ? <> '' AND key = ?",
        contract("test_a09_nothing_is_read_or_settled_across_tenants"),
    ),
    StoreFault(
        "it forgets what has just ended",
        "sqlite_care", "AND ended < ?", "AND ended < 2 * ?",
        contract("test_a04_what_ended_long_ago_may_be_forgotten"),
    ),
    # -- erasures --------------------------------------------------------------------------------
    StoreFault(
        "it keeps what was to be erased",
        "sqlite_commit", "for row in changes.erases]", "for row in ()]",
        contract("test_a15_what_the_erasing_commit_logs_stays"),
    ),
    StoreFault(
        "it erases what the same commit tells",
        "sqlite_commit", ERASED + TOLD, TOLD + ERASED,
        contract("test_a15_what_the_erasing_commit_logs_stays"),
    ),
    StoreFault(
        "it lets the due rows of a job that is gone wait on",
        "sqlite_commit", "plain([*changes.cancels_of])", "plain([])",
        contract("test_a15_all_due_rows_of_a_job_are_over"),
    ),
    StoreFault(
        "it buries what waits",
        "sqlite_commit", 'known = "ON CONFLICT (tenant, key) DO NOTHING"',
        'known = "ON CONFLICT (tenant, key) DO UPDATE SET state = excluded.state"',
        contract("test_a15_a_key_that_is_known_stays_as_it_is"),
    ),
    StoreFault(
        "it lets what a commit deletes stand in its way",
        "sqlite_commit", "some_row(db, changes.tenant, query, written)",
        "some_row(db, changes.tenant, query, changes.puts)",
        contract("test_a15_what_a_commit_deletes_is_not_in_its_way"),
    ),
    StoreFault(
        "it judges what a commit writes by what it was before",
        "sqlite_commit", "some_row(db, changes.tenant, query, written)",
        "some_row(db, changes.tenant, query, changes.deletes)",
        contract("test_a02_what_a_commit_writes_is_looked_for_as_it_will_be"),
    ),
]  # fmt: skip

ENGINES = [
    EngineFault(
        "it writes over what others wrote meanwhile",
        "journey", "final = host.store.commit(unit.changes(command_id, answer))",
        """there = host.store.read(host.tenant, unit.expect).rows
            unit.expect = {key: there[key][0] if key in there else 0 for key in unit.expect}
            final = host.store.commit(unit.changes(command_id, answer))""", engine_orders,
    ),
    EngineFault(
        "it gives up where somebody else was faster",
        "journey", "return None  # also the same command", "return unit  # also the same command",
        engine_orders,
    ),
    EngineFault(
        "it forgets the ids of commands",
        "journey", "unit.changes(command_id, answer)", "unit.changes(None, None)", engine_deaths,
    ),
    EngineFault(
        "it asks before the commit",
        "journey", "answer = None if command_id is None else command.result(unit)",
        """answer = None if command_id is None else command.result(unit)
        from contextlib import suppress
        for claim in unit.claims:
            with suppress(ConnectionError):
                host.calls[type(claim.due.action)](claim.due.action)""", engine_deaths,
    ),
    EngineFault(
        "it does not look before it asks",
        "delivery", "held = host.store.renew(host.tenant, due.key, claim.token, lease)",
        "held = True", looks_before_it_asks,
    ),
    EngineFault(
        "it counts the attempt into the key",
        "delivery", "            return request\n        self._drop(turn, claim)",
        """            from pipeflow.model.record import replaced
            return replaced(request, key=f"{request.key}-{claim.attempt}")
        self._drop(turn, claim)""", engine_deaths,
    ),
    EngineFault(
        "it words a request anew for each attempt",
        "delivery", "            return request\n        self._drop(turn, claim)",
        """            from pipeflow.model.record import replaced
            return replaced(request, account=f"{request.account}-{claim.attempt}")
        self._drop(turn, claim)""", engine_deaths,
    ),
    EngineFault(
        "it keeps the receipts of a pass together, whatever the port",
        "delivery", " or claim.due.action.__class__ not in self._host.patient", "",
        engine_deaths,
    ),
    EngineFault(
        "it keeps no receipts",
        "delivery", "turn.unkept.append((claim, kept))", "pass", engine_deaths,
    ),
    EngineFault(
        "it gives up at the first failure",
        "delivery", "final=isinstance(found, str | Rejected))", "final=True)", engine_deaths,
    ),
    EngineFault(
        "it takes up reminders only",
        "rounds", "due=due, asks=host.asks", "due=due, asks={'timer'}",
        engine_deaths,
    ),
    # -- reminders and pauses --------------------------------------------------------------------
    EngineFault(
        "it counts no reminder that has left",
        "commands.receipt",
        "unit.apply(rules.sent(state, request, unit.now, late=late, opens=opens))", "pass",
        counts_what_has_left,
    ),
    EngineFault(
        "it counts reminders when they are made",
        "reminder_mail", "told = _remind(draft, state, told, due)",
        """told = _remind(draft, state, told, due)
        told = replaced(told, reminded=told.reminded + 1)""",
        counts_what_has_left, "rules",
    ),
    EngineFault(
        "it lets no reminders begin when the thing was delivered",
        "commands.receipt", 'unit.apply(rules.begin(state, request.item or "", unit.now))', "pass",
        counts_what_has_left,
    ),
    EngineFault(
        "it lets a reminder out that was under way when its job was paused",
        "pauses", 'quiet(draft, "")', "pass", rests_while_paused, "rules",
    ),
    EngineFault(
        "it lets reminders begin while their job is paused",
        "rhythms", "if job.paused is not None:", "if False:", rests_while_paused, "rules",
    ),
    # -- what is taken back, handed over and deleted ---------------------------------------------
    EngineFault(
        "it undoes a move and withdraws nothing",
        "recall", "self._draft.withdraws += (key,)", "pass", withdraws_what_is_undone, "rules",
    ),
    EngineFault(
        "it cancels a thing at its port that never left",
        "recall", "LEFT = frozenset({None, DueState.DONE})", "LEFT = frozenset({None, *DueState})",
        withdraws_what_is_undone, "rules",
    ),
    EngineFault(
        "it hands over no roles",
        "handover", "roles=FrozenMap(roles)", "roles=account.roles", hands_over_all, "rules",
    ),
    EngineFault(
        "it hands over no items",
        "handover", "assignees=_passed(item.assignees, member, to))", "assignees=item.assignees)",
        hands_over_all, "rules",
    ),
    EngineFault(
        "it lets the requests of a deleted job go out",
        "commands.deleting", "unit.cancels_of = unit.jobs", "pass", lets_nothing_come_back,
    ),
    EngineFault(
        "it forgets that it knew what a deleted job made",
        "commands.deleting",
        "unit.tombs += (Over(tomb_key(ref.port, ref.id), job, DueState.CANCELLED),)", "pass",
        lets_nothing_come_back,
    ),
    EngineFault(
        "it forgets that it knew what a port made whose job was deleted meanwhile",
        "commands.receipt",
        "if receipt.ref is not None:\n            key",
        "if False:\n            key",
        lets_nothing_come_back,
    ),
    # -- what recurs, and when mail leaves -------------------------------------------------------
    EngineFault(
        "it forgets that a job of a schedule is there",
        "recurring", " or job is not None:", ":", makes_each_job_once,
    ),
    EngineFault(
        "it uses the id of a job that was deleted again",
        "commands.deleting",
        "spend(unit, [(job, e) for job, log in told for e in log if isinstance(e, JobScheduled)])",
        "pass", makes_each_job_once,
    ),
    EngineFault(
        "it sets no timer behind the one that went off",
        "commands.recurrence", "arm(unit, schedule, state, zone, is_off, at)", "pass",
        makes_each_job_once,
    ),
    EngineFault(
        "it makes a recurring job whoever wants it",
        "recurring", "if not schedule.active or", "if", makes_each_job_once,
    ),
    EngineFault(
        "it sends mail by night",
        "unit", "now if is_off is None else leaves(settings, request, now, is_off)", "now",
        sends_in_the_window,
    ),
    EngineFault(
        "it takes up by night what was due by day",
        "rounds", "if gate is not None and (why := gate.keeps(", "if False and (why := gate.keeps(",
        sends_in_the_window,
    ),
    EngineFault(
        "it lets the window shift the rhythm of reminders",
        "commands.receipt",
        "return leaves(unit.firm.value.settings, mail, due, unit.host.days_off()) or due",
        "return due", sends_in_the_window,
    ),
]  # fmt: skip
