"""The API keeps to its own description, whatever is sent: checked with requests that schemathesis makes up from it."""

from typing import Any

import hypothesis
import pytest
import requests
import schemathesis
from schemathesis.specs.openapi import checks as openapi_checks

from pair_ls.hub import refusal
from pair_ls.hub.api_models import PROBLEMS
from tests.support.hub_process import HubProcess

EXAMPLES = 12
OPERATIONS = 22
CHECKS = [
    openapi_checks.status_code_conformance,
    openapi_checks.content_type_conformance,
    openapi_checks.response_schema_conformance,
]


def test_every_status_of_a_refusal_is_described() -> None:
    known = [status for status, _ in refusal._BY_CODE.values()] + [status for _, status, _ in refusal._BY_KIND]
    assert set(known) <= set(PROBLEMS)


@pytest.mark.timeout(180)
def test_every_operation_answers_as_described(hub: HubProcess) -> None:
    openapi: Any = hub.request("GET", "/openapi.json")
    schema = schemathesis.openapi.from_dict(openapi)
    session = requests.Session()
    session.trust_env = False
    tested = 0
    results: Any = schema.get_all_operations()
    for result in results:
        operation = result.ok()
        made = hub.create_room(code="text", language="python")
        path_parameters = {"room_id": made["roomId"], "document_id": "main"}
        check(operation, hub.url, session, made["token"], path_parameters)
        tested += 1
    assert tested >= OPERATIONS
    assert hub.is_healthy()
    assert "Traceback" not in hub.stderr()


def check(operation: Any, url: str, session: requests.Session, token: str, given: dict[str, str]) -> None:
    """Some requests to one operation; every other one about a room that is there."""
    count = 0

    @hypothesis.settings(
        max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck)
    )
    @hypothesis.seed(1)
    @hypothesis.given(operation.as_strategy())
    def one(case: Any) -> None:
        nonlocal count
        count += 1
        if count % 2:
            case.path_parameters = {
                name: given.get(name, value) for name, value in (case.path_parameters or {}).items()
            }
            case.headers = {"Authorization": f"Bearer {token}"}
            case.query = {name: value for name, value in (case.query or {}).items() if name != "token"}
        response = case.call(base_url=url, session=session, timeout=20)
        assert response.status_code < 500, (case.method, case.path, response.text)
        case.validate_response(response, checks=CHECKS)

    one()
