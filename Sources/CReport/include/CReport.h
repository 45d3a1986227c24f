#ifndef CREPORT_H
#define CREPORT_H

/// The files in Assets/, of which report.html is made.
typedef enum __attribute__((enum_extensibility(closed))) ReportAsset : int {
  /// Draws the charts that zoom: the files in Assets/script.
  ReportAssetScript,
  /// The files in Assets/style.
  ReportAssetStyle,
} ReportAsset;

/// The text of an asset, ended by a zero.
const char *_Nonnull report_asset_text(ReportAsset asset)
    __attribute__((swift_name("getter:ReportAsset.cString(self:)")));

#endif
