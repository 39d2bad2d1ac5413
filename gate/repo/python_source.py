"""The Python files of a tree, parsed: what the app's own code says, without running any of it."""

from __future__ import annotations

import ast
import contextlib
import gc
import io
import posixpath
import re
import tarfile
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from gate.repo.git import Git, GitError
from gate.repo.search_path import added_folders

Definition = ast.FunctionDef | ast.AsyncFunctionDef
# What is larger and imports nothing is generated data: it can neither declare a route nor read a variable.
DATA_BYTES = 2_000_000
_ROUTES = re.compile(
    rb"\.(route|get|post|put|patch|delete|head|options|add_url_rule|register_blueprint|add_resource"
    rb"|before_request|before_app_request|url_value_preprocessor|app_url_value_preprocessor)\("
    rb"|@[\w.]+\.(before_(app_)?request|(app_)?url_value_preprocessor)"
)


@dataclass(frozen=True)
class Source:
    """One file. `path` is relative to the app's folder, `module` its dotted name from there."""

    path: str
    module: str
    tree: ast.Module
    content: bytes

    @cached_property
    def may_route(self) -> bool:
        """Whether it holds any of the words that declare routes: most files need no closer look."""
        return _ROUTES.search(self.content) is not None

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All of the tree: several readers go through it, and walking it takes longer than parsing."""
        return tuple(ast.walk(self.tree))

    @property
    def package(self) -> str:
        """What a relative import of one dot starts from."""
        return self.module if self.path.endswith("__init__.py") else self.module.rpartition(".")[0]

    @cached_property
    def definitions(self) -> Mapping[int, Definition | ast.ClassDef]:
        """Every function and class by the line that it begins at: that of its first decorator."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return {begins(node): node for node in self.nodes if isinstance(node, kinds)}


@dataclass(frozen=True)
class Broken:
    """A file that is no Python: where, and what the parser says."""

    path: str
    line: int
    said: str


@dataclass(frozen=True)
class Sources:
    """All files by module name, and those that could not be read.

    `start` are the folders that the app's start command puts on Python's search path.
    """

    modules: Mapping[str, Source]
    broken: tuple[Broken, ...] = ()
    start: tuple[str, ...] = ()

    @cached_property
    def by_path(self) -> Mapping[str, Source]:
        """The same files by their path."""
        return {source.path: source for source in self.modules.values()}

    @cached_property
    def roots(self) -> tuple[str, ...]:
        """The folders in which `import` looks: the app's own (empty), src, and what start command or code adds."""
        added = [
            folder
            for source in self.modules.values()
            if b"sys.path" in source.content and not is_test(source.path)
            for folder in added_folders(source.tree, source.path)
        ]
        return tuple(dict.fromkeys(("", "src", *self.start, *added)))

    def roots_of(self, importer: Source) -> tuple[str, ...]:
        """The same, and the importer's own folder, from where a script's imports begin; that of a package is none."""
        beside, _, name = importer.path.rpartition("/")
        inside = name == "__init__.py" or f"{beside}/__init__.py" in self.by_path
        return self.roots if inside else tuple(dict.fromkeys((*self.roots, beside)))

    def find(self, name: str, importer: Source) -> Source | None:
        """The module that `import name` in `importer` means, if it is the app's own."""
        for root in self.roots_of(importer):
            if found := self.modules.get(f"{root.replace('/', '.')}.{name}".lstrip(".")):
                return found
        return None


def begins(node: Definition | ast.ClassDef) -> int:
    """The first line of a definition, its decorators included, as the interpreter counts it."""
    return min([node.lineno, *(one.lineno for one in node.decorator_list)])


def parse(files: Mapping[str, bytes], known: Sources | None = None, start: Sequence[str] = ()) -> Sources:
    """Parse files by path; what is no Python becomes `broken`. Files that `known` has as well are taken from there.

    `start` as in Sources.
    """
    modules: dict[str, Source] = {}
    broken = []
    with _uncollected():
        for path, content in files.items():
            same = known.by_path.get(path) if known else None
            if same is not None and same.content == content:
                modules[same.module] = same
                continue
            name = path.removesuffix(".py").replace("/", ".")
            name = name.removesuffix(".__init__") if name != "__init__" else ""
            try:
                with warnings.catch_warnings():
                    # The code's own doubtful escapes are not ours to complain about.
                    warnings.simplefilter("ignore")
                    modules[name] = Source(
                        path, name, ast.parse(b"" if _is_data(content) else content), content
                    )
            except SyntaxError as error:
                broken.append(Broken(path, error.lineno or 1, error.msg))
            except (ValueError, RecursionError, MemoryError) as error:
                broken.append(Broken(path, 1, str(error) or type(error).__name__))
    return Sources(modules, tuple(broken), tuple(start))


@contextlib.contextmanager
def _uncollected() -> Iterator[None]:
    """Without the search for rings of objects: going through the trees takes longer than parsing them.

    They stay for the whole run, so that later searches pass them over too.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        if was:
            gc.enable()


def python_files(git: Git, tree: str) -> dict[str, bytes]:
    """The .py files of a tree (such as HEAD: or HEAD:app/) by path; empty where there are none, or no such tree."""
    with contextlib.suppress(GitError):
        archive = git.raw("archive", "--format=tar", tree, "*.py")
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            return dict(_members(tar))
    return {}


def is_test(path: str) -> bool:
    """Whether a file belongs to the app's tests and not to what is served."""
    folders, name = posixpath.split(path)
    tests = {"test", "tests", "testing"}
    return bool(tests & set(folders.split("/"))) or name == "conftest.py" or name.startswith("test_")


def _is_data(content: bytes) -> bool:
    return len(content) > DATA_BYTES and b"import" not in content


def _members(tar: tarfile.TarFile) -> Iterator[tuple[str, bytes]]:
    for member in tar:
        if member.isfile() and member.name.endswith(".py"):
            stream = tar.extractfile(member)
            if stream is not None:
                yield member.name, stream.read()
