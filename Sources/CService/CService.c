#include "CService.h"

// As CKernels embeds the kernels: the file is the only copy of the text.
static const char description[] = {
#embed "Assets/openapi.json" suffix(, )
    0};

const char *service_asset_text(ServiceAsset asset) {
  switch (asset) {
  case ServiceAssetDescription:
    return description;
  }
  return "";
}
