// Catch for tests of torch-free code. Prefer REQUIRE: torch defines a CHECK of its own.
#pragma once
#include <catch2/catch.hpp>
