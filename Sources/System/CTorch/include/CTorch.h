#pragma once
#ifdef __cplusplus
extern "C" {
#endif
int ctorch_version(void);
#ifdef __cplusplus
}
#endif
