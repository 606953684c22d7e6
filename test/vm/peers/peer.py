"""Calls functions of a module for the program that started this: a line of JSON each way."""
import importlib
import json
import sys
import traceback

module = importlib.import_module(sys.argv[1])
for line in sys.stdin:
    name, arguments = json.loads(line)
    try:
        answer = {"value": getattr(module, name)(*arguments)}
    except Exception as error:
        traceback.print_exc()
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
