"""The include check, on small trees that each break one rule."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "cmake"))
import check_includes  # noqa: E402


class Faults(unittest.TestCase):
    def faults(self, files):
        with tempfile.TemporaryDirectory() as directory:
            root = pathlib.Path(directory)
            for name, text in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
            return list(check_includes.find_faults(root))

    def library(self, folder, *depends):
        return {f"src/{folder}/CMakeLists.txt":
                f"postrider_library(NAME {folder}\n  SOURCES a.cpp\n  DEPENDS {' '.join(depends)}\n"
                "  LIBRARIES postrider_asio)\n"}

    def assert_only(self, faults, part):
        self.assertEqual(1, len(faults), faults)
        self.assertIn(part, faults[0])

    def test_what_is_named_may_be_included_also_through_another(self):
        self.assertEqual([], self.faults({
            **self.library("retry", "base"), **self.library("queue", "redis"), **self.library("redis", "net"),
            "src/queue/a.cpp": '#include "own.h"\n#include <postrider/net/transport.h>\n#include <vector>\n',
            "src/retry/a.cpp": "#include <postrider/event/attempt.h>\n#include <postrider/retry/decision.h>\n"}))

    def test_what_is_not_named_may_not(self):
        self.assert_only(self.faults({**self.library("redis", "base"),
                                      "src/redis/a.cpp": "\n#include <postrider/net/transport.h>\n"}),
                         "src/redis/a.cpp:2: redis includes postrider/net/transport.h")

    def test_headers_are_held_to_it_as_well(self):
        self.assert_only(self.faults({**self.library("redis", "base"),
                                      "include/postrider/redis/a.h": "#include <postrider/log/log.h>\n"}),
                         "include/postrider/redis/a.h:1")

    def test_base_knows_nothing(self):
        self.assert_only(self.faults({**self.library("base"),
                                      "src/base/a.cpp": "#include <postrider/event/url.h>\n"}), "base includes")

    def test_no_folder_names_one_above_or_beside_it(self):
        self.assert_only(self.faults(self.library("redis", "queue")), "redis names queue, which is not below it")
        self.assert_only(self.faults(self.library("retry", "guard")), "retry names guard")
        self.assertEqual([], self.faults(self.library("http", "net", "runtime")))

    def test_private_headers_stay_private(self):
        self.assert_only(self.faults({**self.library("queue", "redis"),
                                      "src/queue/a.cpp": '#include "../redis/reply_reader.h"\n'}), "private header")
        self.assert_only(self.faults({**self.library("queue", "redis"),
                                      "src/queue/a.cpp": '#include "redis/reply_reader.h"\n'}), "private header")

    def test_libraries_have_their_place(self):
        for folder, include in (("net", "boost/beast/http.hpp"), ("retry", "boost/asio/awaitable.hpp"),
                                ("queue", "hiredis/hiredis.h")):
            with self.subTest(include):
                self.assert_only(self.faults({**self.library(folder, "base"),
                                              f"src/{folder}/a.cpp": f"#include <{include}>\n"}), include)
        self.assertEqual([], self.faults({
            **self.library("http", "base"), **self.library("redis", "base"), **self.library("runtime", "base"),
            "src/http/a.cpp": "#include <boost/beast/http.hpp>\n",
            "src/redis/a.cpp": "#include <hiredis/read.h>\n",
            "src/runtime/asio.cpp": "#include <boost/beast/src.hpp>\n"}))
        self.assert_only(self.faults({**self.library("redis", "base"),
                                      "include/postrider/redis/a.h": "#include <hiredis/read.h>\n"}), "hiredis")

    def test_key_names_are_made_in_one_place(self):
        line = 'auto key = base + "event:" + id;\n'
        self.assert_only(self.faults({**self.library("queue", "redis"), "src/queue/store.cpp": line}), "key name")
        self.assertEqual([], self.faults({**self.library("queue", "redis"), "src/queue/keys.cpp": line}))
        script = "local key = KEYS[1] .. 'event:' .. id\n"
        self.assert_only(self.faults({"src/queue/scripts/claim.lua": script}), "key name")
        self.assertEqual([], self.faults({"src/queue/scripts/lib/keys.lua": script}))

    def test_a_folder_without_a_layer_is_told_about(self):
        self.assert_only(self.faults(self.library("helpers", "base")), "helpers has no layer")


if __name__ == "__main__":
    unittest.main()
