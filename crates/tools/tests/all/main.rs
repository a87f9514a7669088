//! The tools as the loop calls them: through the registry, with real files, shells and sandboxes.

#[cfg(test)]
#[cfg(target_os = "linux")]
mod approvals;
#[cfg(test)]
mod bench;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod blast;
#[cfg(test)]
mod calls;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod commands;
#[cfg(test)]
mod images;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod network;
#[cfg(test)]
mod offer;
#[cfg(test)]
#[cfg(unix)]
mod patches;
mod permissions;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod sessions;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod snapshots;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod typing;
