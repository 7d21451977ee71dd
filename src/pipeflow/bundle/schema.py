"""The JSON Schema of packages, for editors and other tools; `schema.json` holds what it gives.

This module loads json and cattrs; nothing of this room imports it.
"""

from __future__ import annotations

import json
from pathlib import Path

from ..codec.shapes import Shapes
from .bundle import Bundle
from .format import FORMAT, VERSION

__all__ = ["HERE", "generated", "kept"]

DRAFT = "https://json-schema.org/draft/2020-12/schema"
HERE = Path(__file__).with_name("schema.json")


def generated() -> str:
    """Return the schema's text, made of the classes as they stand."""
    shapes = Shapes()
    properties, required = shapes.fields(Bundle)
    head = {"format": {"const": FORMAT}, "version": {"const": VERSION}}
    schema = {
        "$schema": DRAFT,
        "title": "A package of pipeflow",
        "description": "Pipelines with every template that they use, and no people.",
        "type": "object",
        "properties": head | properties,
        "required": [*head, *required],
        "additionalProperties": False,
        "$defs": shapes.definitions,
    }
    return json.dumps(schema, indent=2) + "\n"


def kept() -> str:
    """Return the schema's text as this version ships it."""
    return HERE.read_text(encoding="utf-8")
