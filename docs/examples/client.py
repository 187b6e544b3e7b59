"""Ask a running `skinproof serve` with nothing but Python's standard library.

python docs/examples/client.py http://127.0.0.1:8000 --agent ev --indication scar
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urljoin
from urllib.request import Request, urlopen


class Client:
    """Asks one server. Answers are kept with their ETag: what has not changed is not sent again."""

    def __init__(self, base: str) -> None:
        self.base = base.rstrip("/") + "/"
        self._kept: dict[str, tuple[str, Any]] = {}

    def get(self, path: str, **asked: str | int | list[str]) -> Any:
        """The answer of one address, such as `studies` or `studies/NCT04388982`. Raises: RuntimeError with the server's words."""
        query = urlencode({name: value for name, value in asked.items() if value not in ("", [])}, doseq=True)
        return self._get(f"/api/v1/{quote(path)}" + (f"?{query}" if query else ""))

    def rows(self, path: str, field: str, **asked: str | int | list[str]) -> Iterator[Any]:
        """Every row of an answer that comes in parts."""
        answer = self.get(path, **asked)
        while True:
            yield from answer[field]
            if not answer["next"]:
                return
            answer = self._get(answer["next"])

    def _get(self, address: str, tries: int = 3) -> Any:
        tag, kept = self._kept.get(address, ("", None))
        request = Request(urljoin(self.base, address), headers={"If-None-Match": tag} if tag else {})
        try:
            with urlopen(request, timeout=60) as response:
                answer = json.load(response)
                if mark := response.headers.get("ETag"):
                    self._kept[address] = mark, answer
                return answer
        except HTTPError as error:
            with error:
                if error.code == 304:
                    return kept
                if error.code in (429, 503) and tries > 1:
                    time.sleep(int(error.headers.get("Retry-After", "1")))
                    return self._get(address, tries - 1)
                raise RuntimeError(f"{error.code}: {json.load(error)['detail']}") from None


def main() -> int:
    """Print how many studies there are, and each of them."""
    parser = argparse.ArgumentParser(description="Studies of a skinproof server.")
    parser.add_argument("server", help="http://127.0.0.1:8000")
    parser.add_argument("--agent", action="append", default=[])
    parser.add_argument("--indication", action="append", default=[])
    asked = parser.parse_args()
    client = Client(asked.server)
    try:
        count = client.get("count", agent=asked.agent, indication=asked.indication)
        print(count["sentence"])
        for study in client.rows("studies", "rows", agent=asked.agent, indication=asked.indication):
            print(f"{study['record_id']}  {study['title']}")
    except RuntimeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
