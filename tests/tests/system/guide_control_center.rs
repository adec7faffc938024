//! The examples of `docs/guide/control-center.md` are run as they stand there.

use e2e::{Definitions, Site, on_both, run_guide};

const GUIDE: &str = include_str!("../../../docs/guide/control-center.md");

const ASKS: &str = "#!/bin/sh\nset -eu\nanswer=$(amtjob ask 'Go on with this day? (yes/no)')\n\
    [ \"$answer\" = yes ]\n";

const ABORTS: &str = "#!/bin/sh\nset -eu\n\
    if step=$(amtjob recovered); then echo \"going on with step $step\"; exit 0; fi\n\
    amtjob critical-point --name loaded --data 2\n\
    amtjob abort --recover 'no room for step 2'\n";

on_both!(the_examples_of_the_guide_answer_as_it_says, |database| async move {
    let jobs = Definitions::default()
        .report("REPORTTEST01", "#!/bin/sh\necho 'Report test 01 is started'\n")
        .report("ASKOPERATOR", ASKS)
        .report("MONTHEND", ABORTS);
    let count = run_guide(GUIDE, &Site::start(&database, &jobs).await).await;
    assert!(count > 10, "{count} examples");
});
