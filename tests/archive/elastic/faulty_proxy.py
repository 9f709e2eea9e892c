"""A proxy in front of a real Elasticsearch that answers as if it had failed on single articles of a bulk."""

import json
from collections.abc import Mapping

from aiohttp import web

from tests.archive.elastic.tls_proxy import PRODUCT, TlsProxy

ERRORS = {
    429: {"type": "es_rejected_execution_exception", "reason": "rejected execution of primary operation"},
    503: {"type": "unavailable_shards_exception", "reason": "primary shard is not active"},
    500: {"type": "array_index_out_of_bounds_exception", "reason": "Index 5 out of bounds for length 5"},
}


class FaultyProxy(TlsProxy):
    """`bad`: article id -> status of its item, and how often; those articles do not reach the server."""

    bad: dict[str, tuple[int, int]]

    async def _forward(self, method: str, path: str, sent: Mapping[str, str], body: bytes) -> web.Response:
        if not path.endswith("_bulk"):
            return await super()._forward(method, path, sent, body)
        lines = body.splitlines()
        good, failed = [], {}
        for number, (action, source) in enumerate(zip(lines[::2], lines[1::2], strict=True)):
            (given,) = json.loads(action).values()
            status, times = self.bad.get(given["_id"], (0, 0))
            if times:
                self.bad[given["_id"]] = status, times - 1
                failed[number] = {"_id": given["_id"], "status": status, "error": ERRORS[status]}
            else:
                good += [action, source]
        items = []
        if good:
            answer = await super()._forward(method, path, sent, b"\n".join(good) + b"\n")
            assert isinstance(answer.body, bytes)
            items = json.loads(answer.body)["items"]
        for number, item in sorted(failed.items()):
            items.insert(number, {"index": item})
        return web.json_response({"took": 1, "errors": bool(failed), "items": items}, headers=PRODUCT)
