# The same as RUN_FILENAMETEST.sh, for PowerShell. Where `pwsh` is not installed, the job ends with code 11 and the
# two messages of a start that failed.
$ErrorActionPreference = 'Stop'

amtjob log 'Script Started: RUN_FILENAMETEST'
amtjob message -- ' Amt PS library version: 0.49'
amtjob message -- ' date: 2016-10-17'
$folder = Split-Path -Leaf (Get-Location)
$parent = Split-Path -Leaf (Split-Path -Parent (Get-Location))
amtjob log "Working directory: $parent/$folder"
amtjob log "Started by: $env:INITUSER at station $env:INITSTATION"
foreach ($parameter in $args) {
    amtjob log "Parameter: $parameter"
}
amtjob log 'Job finished'
