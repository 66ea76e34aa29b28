"""What stays on this machine, and why."""

import pytest

from pair_ls.completion.exclusions import MOST_BYTES, Exclusions

EXCLUSIONS = Exclusions(
    aiignore={"": ["private/", "*.secret.py", "!keep.secret.py"], "sub": ["/only_here.py"]},
    gitignore={"": ["build/", "*.log"], "sub/deep": ["!important.log"]},
)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        (".env", "may hold secrets"), ("a/.env.production", "may hold secrets"), ("deploy.env", "may hold secrets"),
        ("id_rsa", "may hold secrets"), ("keys/server.pem", "may hold secrets"),
        (".aws/credentials", "may hold secrets"),
        ("infra/main.tfvars", "may hold secrets"), (".pair-ls/token", "may hold secrets"),
        (".npmrc", "may hold secrets"),
        (".ENV", "may hold secrets"), ("Server.PEM", "may hold secrets"), ("prod.env.local", "may hold secrets"),
        ("home/ada/.kube/config", "may hold secrets"), ("home/ada/.docker/config.json", "may hold secrets"),
        ("home/ada/.aws/config", "may hold secrets"), ("home/ada/.ssh/config", "may hold secrets"),
        ("app.env.example", ""), (".docker/Dockerfile", ""), ("config.json", ""),
        (".env.example", ""), ("id_rsa.pub", ""), ("main.py", ""), ("environment.py", ""), ("keyboard.py", ""),
        ("private/a.py", ".aiignore"), ("x.secret.py", ".aiignore"), ("keep.secret.py", ""),
        ("sub/only_here.py", ".aiignore"),
        ("only_here.py", ""), ("build/out.js", ".gitignore"), ("sub/deep/important.log", ""),
        ("sub/other.log", ".gitignore"),
        ("", "not a file of the workspace"), ("é/😀.py", ""),
    ],
)  # fmt: skip
def test_path_decides(path: str, reason: str) -> None:
    assert EXCLUSIONS.reason(path, "x = 1\n") == reason


def test_size_and_content_decide() -> None:
    assert EXCLUSIONS.reason("a.py", "x" * (MOST_BYTES + 1)) == "larger than 1 MB"
    assert EXCLUSIONS.reason("a.py", "é" * (MOST_BYTES // 2 + 1)) == "larger than 1 MB"
    assert EXCLUSIONS.reason("a.py", "a\0b") == "binary"
    assert EXCLUSIONS.reason("a.py", "") == ""
