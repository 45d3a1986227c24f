#ifndef CSERVICE_H
#define CSERVICE_H

/// The files in Assets/, which lstm-serve sends as they are.
typedef enum __attribute__((enum_extensibility(closed))) ServiceAsset : int {
  /// What can be asked, as an OpenAPI description.
  ServiceAssetDescription,
} ServiceAsset;

/// The text of an asset, ended by a zero.
const char *_Nonnull service_asset_text(ServiceAsset asset)
    __attribute__((swift_name("getter:ServiceAsset.cString(self:)")));

#endif
