"""What a human speaker reads in the studio, if the institution prefers one to the synthesiser."""

from pathlib import Path

from dialplans.voice import catalogue

_HOW = {False: "a sentence; a breath after it", True: "part of a number or date; level tone, no breath"}


def script(institution: Path, language: str) -> str:
    """Return a plain-text table: key, how to speak it, text; whole sentences first, then fragments.

    Each is recorded into `<key>.wav`. Raises CatalogueError when the language's file is wrong.
    """
    prompts = [prompt for prompt in catalogue.prompts(institution, language).values() if not prompt.silent]
    width = max(len(prompt.key) for prompt in prompts)
    how = max(len(text) for text in _HOW.values())
    heading = f"{'KEY':<{width}}  {'HOW':<{how}}  TEXT"
    rows = (f"{prompt.key:<{width}}  {_HOW[prompt.fragment]:<{how}}  {prompt.text}" for prompt in prompts)
    return "\n".join((heading, *rows)) + "\n"
