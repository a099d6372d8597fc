"""Judges commands for Azure by azure-cli's own parser: a JSON list of argument lists on stdin, and what it refuses on stdout."""

import json
import sys

from azure.cli.core import get_default_cli
from knack.events import EVENT_INVOKER_POST_PARSE_ARGS


class Parsed(Exception):
    """The command was understood; it goes no further."""


def refusal(words):
    cli = get_default_cli()

    def stop(*_, **__):
        raise Parsed

    cli.register_event(EVENT_INVOKER_POST_PARSE_ARGS, stop)
    cli.exception_handler = lambda error: 0 if isinstance(error, Parsed) else 1
    try:
        return cli.invoke(words)
    except SystemExit as end:
        return end.code


refused = [words for words in json.load(sys.stdin) if refusal(words) != 0]
print(json.dumps(refused))
