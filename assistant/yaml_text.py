"""YAML as this program takes it: no key twice, no key that is not text, no alias, and words stay words.

libyaml reads about seven times as fast as PyYAML itself, which says better what is wrong and where: what
the first refuses is read by the second.
"""

import re
from typing import Any

import yaml
from yaml.composer import Composer, ComposerError
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.resolver import Resolver

_TEXT, _BOOL = "tag:yaml.org,2002:str", "tag:yaml.org,2002:bool"
_TIME_OF_DAY = (_TEXT, re.compile(r"^\d{1,2}(?::\d\d){1,2}$"))


class _Refusing(Composer, SafeConstructor):
    """What is refused: a key given twice, a key that is not text (such as 1), an alias (may circle)."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # type: ignore[attr-defined] # the parser's
            mark = self.get_mark()  # type: ignore[attr-defined]
            raise ComposerError(None, None, "an alias is not taken here", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key, _ in node.value:
            name = key.value if isinstance(key, yaml.ScalarNode) else key
            problem = f"the key {name} stands twice" if name in seen else ""
            if key.tag != _TEXT:
                problem = "a key was no text; put it in quotes"
            if problem:
                raise ConstructorError(None, None, problem, key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


class _Words(Resolver):
    """`on`, `off`, `yes` and `no` are no switches in YAML 1.2, and `source: off` means the word.

    15:45 is no number there either: YAML 1.1 counts it to the base of 60.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 -- PyYAML's own place for them
        letter: [
            *([_TIME_OF_DAY] if letter is not None and letter.isdigit() else []),
            *((tag, pattern) for tag, pattern in known if tag != _BOOL),
        ]
        for letter, known in Resolver.yaml_implicit_resolvers.items()
    }


_Words.add_implicit_resolver(_BOOL, re.compile(r"^(?:true|false)$", re.IGNORECASE), list("tTfF"))


class _Plain(_Refusing, _Words, yaml.SafeLoader):
    """PyYAML's own parser."""


if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class _Quick(_Refusing, CParser, _Words):
        """The parser of libyaml, asked by PyYAML's own composer."""

        def __init__(self, text: str) -> None:
            CParser.__init__(self, text)
            Composer.__init__(self)
            SafeConstructor.__init__(self)
            Resolver.__init__(self)

        def get_mark(self) -> None:
            """Know no place: PyYAML's parser says it."""


def parsed(text: str) -> object:
    """Return what a text in YAML says; raises yaml.YAMLError."""
    if yaml.__with_libyaml__:
        try:
            return _Quick(text).get_single_data()
        except yaml.YAMLError:
            pass  # said below
    return _Plain(text).get_single_data()
