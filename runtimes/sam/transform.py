"""Applies the AWS::Serverless-2016-10-31 transform with the translator that AWS publishes.

Reads {"template": ..., "parameters": {...}, "region": ..., "account": ...} from standard input and writes
{"template": ...} or {"errors": [...]} to standard output.
"""

import json
import os
import sys


def main():
    request = json.load(sys.stdin)
    os.environ["AWS_DEFAULT_REGION"] = request["region"]
    from samtranslator.parser.parser import Parser
    from samtranslator.model.exceptions import InvalidDocumentException
    from samtranslator.translator.translator import Translator

    template = request["template"]
    template.pop("Transform", None)
    try:
        translated = Translator({}, Parser()).translate(template, request["parameters"])
        answer = {"template": translated}
    except InvalidDocumentException as error:
        answer = {"errors": [cause.message for cause in error.causes]}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main()
