"""Disks and systems that know less than others."""

from __future__ import annotations

import os

import pytest


def without_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep files on a disk that knows no links."""

    def refuse(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse, raising=False)


def without_a_call_for_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run on a system that knows no links at all."""
    monkeypatch.delattr(os, "link", raising=False)
