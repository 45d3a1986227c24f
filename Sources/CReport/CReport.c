#include "CReport.h"

// As CKernels embeds the kernels: the files are the only copy of the text.
static const char script[] = {
#embed "Assets/report.js" suffix(, 0)
};
static const char drawing[] = {
#embed "Assets/drawing.js" suffix(, 0)
};
static const char style[] = {
#embed "Assets/report.css" suffix(, 0)
};
static const char dygraphs_script[] = {
#embed "Assets/dygraphs/dygraph.min.js" suffix(, 0)
};
static const char dygraphs_style[] = {
#embed "Assets/dygraphs/dygraph.min.css" suffix(, 0)
};
static const char dygraphs_license[] = {
#embed "Assets/dygraphs/LICENSE.txt" suffix(, 0)
};

const char *report_asset_text(ReportAsset asset) {
  switch (asset) {
  case ReportAssetScript:
    return script;
  case ReportAssetDrawing:
    return drawing;
  case ReportAssetStyle:
    return style;
  case ReportAssetDygraphsScript:
    return dygraphs_script;
  case ReportAssetDygraphsStyle:
    return dygraphs_style;
  case ReportAssetDygraphsLicense:
    return dygraphs_license;
  }
  return "";
}
