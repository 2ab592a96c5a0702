"""``unisync words``: what is said in a film or sound file, word by word with times, as JSON."""

import argparse
import json
import sys

from app.paths import input_path, output_path


def add_parser(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Adds the verb and its options."""
    parser = verbs.add_parser(
        "words", help="write down what is said, word by word with times, as JSON", description=__doc__
    )
    parser.add_argument("file", type=input_path, metavar="FILE", help="a film or a sound file")
    parser.add_argument(
        "--language",
        metavar="CODE",
        help="what is spoken, such as en, de or ar; told from the voice by default",
    )
    parser.add_argument(
        "-o", "--output", type=output_path, metavar="OUT", help="a file instead of the terminal"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Writes ``{"language", "text", "words": [{"word", "start", "end"}]}``, seconds from the film's first frame."""
    from core.base.whole_file import whole_file
    from core.engine.words import words_of

    spoken = words_of(args.file, language=args.language)
    found = {
        "language": spoken.language,
        "text": spoken.text,
        "words": [
            {"word": word.text.strip(), "start": round(word.start, 3), "end": round(word.end, 3)}
            for word in spoken.words
        ],
    }
    text = json.dumps(found, indent=1, ensure_ascii=False) + "\n"
    if args.output is None:
        sys.stdout.write(text)
    else:
        with whole_file(args.output) as beside:
            beside.write_text(text, "utf-8")
    return 0
