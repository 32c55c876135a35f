#include "CTorch.h"
int ctorch_version(void) { return 1; }
