"""The open vocabulary of a study."""

from pydantic import field_validator

from flows.study.fields import File, Section, Templates, at_least_one


class Concepts(Section):
    """The open vocabulary: one phrase a line, ``group: phrase`` sets a group."""

    file: File
    templates: Templates = ("{}",)

    _some_template = field_validator("templates")(at_least_one)
