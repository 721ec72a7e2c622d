// tests/test.hpp as every test executable includes it: read once, for all.
#include "tests/test.hpp"
