//! `GetCells`: cells of a block's grid, for whoever samples without libp2p.

use super::Service;
use super::headers::{block, height};
use super::watch::known;
use crate::serve::samples;
use crate::state::State;
use crate::{Error, Result};
use proto::{MAX_GET_CELLS, v1};
use types::{Coordinates, Height};

/// Says so when what the block has is pruned.
fn refuse_pruned(state: &State, height: Height) -> Result<()> {
    for (blob, _) in block(state, height)?.blobs() {
        known(state, blob)?;
    }
    Ok(())
}

/// The cells asked for, in the order asked; all of them or none.
pub(super) async fn get(
    service: &Service,
    request: v1::GetCellsRequest,
) -> Result<v1::GetCellsResponse> {
    let asked = request.coordinates.len();
    if asked == 0 || asked > MAX_GET_CELLS {
        return Err(Error::Proto(proto::Error::Count {
            field: "coordinates",
            got: asked as u64,
            min: 1,
            max: MAX_GET_CELLS as u64,
        }));
    }
    let height = height("height", request.height)?;
    let coordinates = request
        .coordinates
        .into_iter()
        .map(Coordinates::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    let dimensions = block(&service.state, height)?.block.header.dimensions;
    for at in &coordinates {
        dimensions.contain(*at)?;
    }
    let permit = service.read()?;

    let cells = samples(&service.state, height, coordinates)
        .await?
        .unwrap_or_default();
    drop(permit);
    if cells.len() != asked {
        refuse_pruned(&service.state, height)?;
        return Err(Error::LackingCells {
            height,
            got: cells.len(),
            expected: asked,
        });
    }
    Ok(v1::GetCellsResponse {
        cells: cells.iter().map(v1::Cell::from).collect(),
    })
}
