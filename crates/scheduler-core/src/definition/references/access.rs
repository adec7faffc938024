//! Roles.

use super::Lookup;
use super::lookup::Kind;
use crate::definition::access::Access;
use crate::path::Path;

pub(super) fn check(lookup: &mut Lookup<'_>) {
    let definitions = lookup.definitions;
    for (name, role) in definitions.roles.iter() {
        let path = Path::default().field("roles").field(name.as_str());
        for (index, department) in role.departments.iter().enumerate() {
            let path = path.field("departments").index(index).field("department");
            if !super::jobs::is_general(&department.department) {
                lookup.find(
                    &definitions.departments,
                    Kind::Department,
                    department.department.as_str(),
                    &path,
                );
            }
        }
        for (index, right) in role.access_codes.iter().enumerate() {
            let path = path.field("access_codes").index(index).field("code");
            lookup.find(&definitions.access_codes, Kind::AccessCode, right.code.as_str(), &path);
        }
        for (path, name) in only(&role.schedules, &path.field("schedules")) {
            lookup.find(&definitions.schedules, Kind::Schedule, name.as_str(), &path);
        }
        for (path, name) in only(&role.agents, &path.field("agents")) {
            lookup.find(&definitions.agents, Kind::Agent, name.as_str(), &path);
        }
        for (path, name) in only(&role.machine_groups, &path.field("machine_groups")) {
            lookup.find(&definitions.machine_groups, Kind::MachineGroup, name.as_str(), &path);
        }
        for (index, user) in role.batch_users.iter().enumerate() {
            let path = path.field("batch_users").index(index);
            lookup.find(&definitions.batch_users, Kind::BatchUser, user.as_str(), &path);
        }
    }
}

/// The names that are listed, with their paths.
fn only<'a, N>(access: &'a Access<N>, path: &Path) -> Vec<(Path, &'a N)> {
    match access {
        Access::All => Vec::new(),
        Access::Only(names) => {
            let path = path.field("only");
            names.iter().enumerate().map(|(index, name)| (path.index(index), name)).collect()
        }
    }
}
