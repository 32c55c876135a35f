#include "COpenVINO.h"
// The library is C already; SwiftPM wants one source file in a C target.
