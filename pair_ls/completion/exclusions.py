"""Which documents must not leave the machine, and why. Pure: ignore files are handed in as their lines.

Patterns have the syntax of .gitignore. `.aiignore` is the user's own word; `.gitignore` counts too, because what is not
shared with colleagues is not shared with a service either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pathspec

MOST_BYTES = 1_000_000
_MOST_PATHS = 5_000
# In small letters; of paths in any, because file systems differ.
_SECRET_FILES = (
    ".env", ".env.*", "*.env", "*.env.*", ".envrc", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx",
    "*.asc", "*.gpg",
    "*.ppk", "*.crt", "*.cer", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc", ".pgpass", ".npmrc",
    ".pypirc",
    ".git-credentials", ".htpasswd", ".dockercfg", "**/.docker/config.json", "**/.aws/config",
    "**/.config/gcloud/", ".ssh/", ".gnupg/", ".kube/", ".azure/", "kubeconfig", "*.kubeconfig",
    "credentials", "credentials.json", "credentials.*", "client_secret*.json", "service-account*.json", "secrets.*",
    "*secret*.yaml", "*secret*.yml", "*secret*.json", "*.tfstate", "*.tfvars", "terraform.tfstate*", ".pair-ls/",
    "*.sqlite",
    "*.sqlite3", "*.db", "wallet.dat", "*.ovpn", "*.mobileprovision", "shadow", "auth.json", "token", "token.json",
)  # fmt: skip
_ALLOWED = ("!*.env.example", "!*.env.sample", "!*.env.template", "!*.pub")


@dataclass(frozen=True)
class Exclusions:
    """`aiignore` and `gitignore` map a folder of the workspace ("" for its root, "a/b") to its ignore file's lines."""

    aiignore: Mapping[str, Sequence[str]] = field(default_factory=dict)
    gitignore: Mapping[str, Sequence[str]] = field(default_factory=dict)
    # Patterns are compiled once and asked once per path: they are asked with every request.
    _specs: dict[str, "_Specs"] = field(default_factory=dict, init=False, repr=False, compare=False)
    _by_path: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def reason(self, path: str, text: str) -> str:
        """Why the document must stay here, in a few words; "" if it may go. `path` is relative to the workspace."""
        named = self._by_path.get(path)
        if named is None:
            if len(self._by_path) >= _MOST_PATHS:
                self._by_path.clear()
            named = self._by_path[path] = self._reason_of_path(path)
        if named:
            return named
        if len(text) > MOST_BYTES or (
            len(text) > MOST_BYTES // 4 and len(text.encode("utf-8", "surrogatepass")) > MOST_BYTES
        ):
            return "larger than 1 MB"
        if "\0" in text[:8000]:
            return "binary"
        return ""

    def _reason_of_path(self, path: str) -> str:
        if not path:
            return "not a file of the workspace"
        if _SECRET_SPEC.match_file(path.lower()):
            return "may hold secrets"
        for name, files in ((".aiignore", self.aiignore), (".gitignore", self.gitignore)):
            if name not in self._specs:
                self._specs[name] = [(folder, _spec(files[folder])) for folder in sorted(files, key=len)]
            if _is_ignored(path, self._specs[name]):
                return name
        return ""


def _spec(lines: Sequence[str]) -> pathspec.GitIgnoreSpec:
    return pathspec.GitIgnoreSpec.from_lines(lines)


def _is_ignored(path: str, specs: "_Specs") -> bool:
    """The deepest ignore file that says anything about the path decides, as git does."""
    decision = False
    for folder, spec in specs:
        inside = path if not folder else path[len(folder) + 1 :] if path.startswith(folder + "/") else ""
        if inside:
            result = spec.check_file(inside)
            decision = decision if result.include is None else result.include
    return decision


_Specs = list[tuple[str, pathspec.GitIgnoreSpec]]
_SECRET_SPEC = _spec((*_SECRET_FILES, *_ALLOWED))
