#include "CReport.h"

// As CKernels embeds the kernels: the files are the only copy of the text. The parts of the script follow
// each other in one scope, which ReportPage puts around them.
static const char script[] = {
#embed "Assets/script/data.js" suffix(, )
#embed "Assets/script/words.js" suffix(, )
#embed "Assets/script/view.js" suffix(, )
#embed "Assets/script/trace.js" suffix(, )
#embed "Assets/script/draw.js" suffix(, )
#embed "Assets/script/lanes.js" suffix(, )
#embed "Assets/script/paint.js" suffix(, )
#embed "Assets/script/panel.js" suffix(, )
#embed "Assets/script/pointer.js" suffix(, )
#embed "Assets/script/keys.js" suffix(, )
#embed "Assets/script/overview.js" suffix(, )
#embed "Assets/script/events.js" suffix(, )
#embed "Assets/script/save.js" suffix(, )
#embed "Assets/script/start.js" suffix(, )
    0};
static const char style[] = {
#embed "Assets/style/page.css" suffix(, )
#embed "Assets/style/overview.css" suffix(, )
#embed "Assets/style/chart.css" suffix(, )
    0};

const char *report_asset_text(ReportAsset asset) {
  switch (asset) {
  case ReportAssetScript:
    return script;
  case ReportAssetStyle:
    return style;
  }
  return "";
}
