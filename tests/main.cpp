// The main function of every test program, where Catch2 has it in its header; since version 3 it is in a library.
#define CATCH_CONFIG_MAIN
#include "catch.h"
