"""An Azurite to scan by hand, on the port and with the key that every storage emulator has by default.

Run as ``python -m lakezones.demo.emulators.serve [--size small] [--port 10000]``; ends with Ctrl-C. It is filled with
the containers of a generated Firm, so that ``lakezones scan azurite`` has something to read.
"""

import argparse
import signal
import sys
import threading
from typing import Final

from lakezones.demo.emulators.azurite import Azurite
from lakezones.errors import LakezonesError

EMULATOR_KEY: Final = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""The published key of the storage emulator's account; it opens nothing but emulators."""


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m lakezones.demo.emulators.serve", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--size", default="small", help="small, medium or firm; none leaves it empty")
    parser.add_argument("--port", type=int, default=10000, help="port on 127.0.0.1")
    options = parser.parse_args(arguments)
    stopped = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopped.set())
    try:
        with Azurite(port=options.port, account_key=EMULATOR_KEY) as azurite:
            if options.size != "none":
                from lakezones.demo.emulators.azure_put import put_containers
                from lakezones.demo.firm.generate import generate
                from lakezones.demo.firm.settings import load

                put_containers(azurite.endpoint, azurite.account_key, generate(load(options.size)))
            print(f"Azurite serves {azurite.endpoint}; Ctrl-C ends it")
            print("next: lakezones scan azurite -w lake", flush=True)
            stopped.wait()
    except LakezonesError as error:
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"hint: {error.hint}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())
