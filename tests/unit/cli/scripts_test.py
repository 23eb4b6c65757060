"""scripts/junit-results, which decides what counts as passed."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[3] / "scripts/junit-results"


class JunitResults(unittest.TestCase):
    def read(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".xml") as file:
            file.write(text)
            file.flush()
            return self.run_on(file.name)

    def run_on(self, path):
        result = subprocess.run([sys.executable, SCRIPT, path], capture_output=True, text=True, check=True)
        return result.stdout.splitlines()

    def test_ctest(self):
        self.assertEqual(["passed\t1", "failed\tb: Which is: 2", "skipped\tc: SKIP_REGULAR_EXPRESSION_MATCHED"], self.read("""
            <testsuite>
              <testcase name="a" classname="a" status="run"/>
              <testcase name="b" classname="b" status="fail"><failure message=""/>
                <system-out>[ RUN ] b&#10;x.cpp:7: Failure&#10;Which is: 2&#10;</system-out></testcase>
              <testcase name="c" classname="c" status="notrun">
                <skipped message="SKIP_REGULAR_EXPRESSION_MATCHED"/></testcase>
            </testsuite>"""))

    def test_pytest_with_a_failing_teardown(self):
        self.assertEqual(["passed\t0", "failed\ttests.x.t: 1 == 2", "failed\ttests.x.u", "skipped\ttests.x.v: no npm"],
                         self.read("""<testsuites><testsuite>
              <testcase name="t" classname="tests.x"><failure message="1 ==&#10; 2"/></testcase>
              <testcase name="t" classname="tests.x"><error message="later"/></testcase>
              <testcase name="u" classname="tests.x"/>
              <testcase name="u" classname="tests.x"><error/></testcase>
              <testcase name="v" classname="tests.x"><skipped message="no npm"/></testcase>
            </testsuite></testsuites>"""))

    def test_no_file_holds_no_tests(self):
        self.assertEqual(["passed\t0"], self.run_on("/nonexistent.xml"))
        self.assertEqual(["passed\t0"], self.read("<testsuite>"))


if __name__ == "__main__":
    unittest.main()
