"""Renders chat templates over conversations with jinja2 as transformers configures it, and writes what came of it.

    python3 chat_jinja.py CONVERSATIONS.json OUT.json TEMPLATE.jinja...

OUT.json (packed if its name ends in .gz) has for each template, by file name, and each conversation, by its own name,
either {"text": ...} or {"error": ...}. The goldens of the tests' own templates are made with jinja2==3.1.6, from here:

    python3 chat_jinja.py ../resources/io/llmserving/text/template/{conversations.json,own.json.gz,own/*.jinja}

The environment is that of `_compile_jinja_template` in transformers' utils/chat_template_utils.py (5.19.0), but for the
clock, which stands still, and for the indices of generated text, which change no text.
"""
import datetime
import gzip
import json
import pathlib
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

NOW = datetime.datetime(2024, 2, 9, 7, 5, 3)


class Generation(jinja2.ext.Extension):
    """`{% generation %}`, which renders its body."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.CallBlock(self.call_method("_support"), [], [], body).set_lineno(line)

    def _support(self, caller):
        return caller()


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(x, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(x, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def environment():
    env = jinja2.sandbox.ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[Generation, jinja2.ext.loopcontrols])
    env.filters["tojson"] = tojson
    env.globals["raise_exception"] = raise_exception
    env.globals["strftime_now"] = lambda format: NOW.strftime(format)
    return env


def outcome(action):
    try:
        return {"text": action()}
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def outcomes(env, source, given):
    try:
        template = env.from_string(source)
    except jinja2.TemplateError as error:
        return {each["name"]: {"error": f"{type(error).__name__}: {error}"} for each in given["conversations"]}
    return {each["name"]: outcome(lambda: template.render(**given["defaults"] | each["variables"]))
            for each in given["conversations"]}


def main(conversations, out, *templates):
    given = json.loads(pathlib.Path(conversations).read_text(encoding="utf-8"))
    env = environment()
    result = {}
    for path in map(pathlib.Path, templates):
        result[path.stem] = outcomes(env, path.read_text(encoding="utf-8"), given)
    data = json.dumps(result, indent=0).encode()
    pathlib.Path(out).write_bytes(gzip.compress(data, mtime=0) if out.endswith(".gz") else data)


if __name__ == "__main__":
    main(*sys.argv[1:])
