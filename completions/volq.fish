# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_volq_global_optspecs
    string join \n provider= no-stream demo dxfeed-demo o/output= json fields= min-completeness= strict color= q/quiet v/verbose no-progress timings listen= settle= wait-slot= timeout= plan full-listen no-cache config= env-file= h/help V/version
end

function __fish_volq_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_volq_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_volq_using_subcommand
    set -l cmd (__fish_volq_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c volq -n "__fish_volq_needs_command" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_needs_command" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_needs_command" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_needs_command" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_needs_command" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_needs_command" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_needs_command" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_needs_command" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_needs_command" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_needs_command" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_needs_command" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_needs_command" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_needs_command" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_needs_command" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_needs_command" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_needs_command" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_needs_command" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_needs_command" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_needs_command" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_needs_command" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_needs_command" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_needs_command" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_needs_command" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_needs_command" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_needs_command" -f -a "quote" -d 'Prices and volatility, one row per symbol'
complete -c volq -n "__fish_volq_needs_command" -f -a "greeks" -d 'Options with their greeks, named or selected from the chain of an underlying'
complete -c volq -n "__fish_volq_needs_command" -f -a "screen" -d 'A universe of symbols, filtered, scored and ranked'
complete -c volq -n "__fish_volq_needs_command" -f -a "diagnose-access" -d 'The way from credentials to the first event, layer by layer'
complete -c volq -n "__fish_volq_needs_command" -f -a "fields" -d 'Every field: name, unit, meaning, sources, commands'
complete -c volq -n "__fish_volq_needs_command" -f -a "config" -d 'Show, check, locate or create the settings'
complete -c volq -n "__fish_volq_needs_command" -f -a "cache" -d 'Show or remove what is kept between runs'
complete -c volq -n "__fish_volq_needs_command" -f -a "simulate" -d 'The built-in market server on loopback'
complete -c volq -n "__fish_volq_needs_command" -f -a "completions" -d 'Completion script for a shell'
complete -c volq -n "__fish_volq_needs_command" -f -a "man" -d 'Manual page'
complete -c volq -n "__fish_volq_needs_command" -f -a "schema" -d 'JSON Schema of a command\'s output'
complete -c volq -n "__fish_volq_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c volq -n "__fish_volq_using_subcommand quote" -l file -d 'Read symbols from a file: one per line or first CSV column' -r -F
complete -c volq -n "__fish_volq_using_subcommand quote" -l hv-estimator -d 'Estimator of historical volatility [default: close]' -r -f -a "close\t''
log\t''
parkinson\t''
garman-klass\t''
rogers-satchell\t''
yang-zhang\t''"
complete -c volq -n "__fish_volq_using_subcommand quote" -l hv-window -d 'Windows of historical volatility to show as well, calendar days' -r
complete -c volq -n "__fish_volq_using_subcommand quote" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand quote" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand quote" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand quote" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand quote" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand quote" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand quote" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand quote" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand quote" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand quote" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand quote" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand quote" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand quote" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand quote" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand quote" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand quote" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand quote" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand quote" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand quote" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand quote" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand quote" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand quote" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand quote" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand quote" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand quote" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l file -d 'Read symbols from a file: one per line or first CSV column' -r -F
complete -c volq -n "__fish_volq_using_subcommand greeks" -l dte -d 'Expiration nearest to so many days, or all in a range such as 20..60 [default: 30]' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l expiration -d 'Expiration of this day, whether standard or not' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l strikes -d 'Strikes on each side of the one at the money [default: 5]' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l delta -d 'Range of delta without its sign, such as 0.16..0.35' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l moneyness -d 'Range of strike divided by price of the underlying, such as 0.8..1.2' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l right -d 'Only one side: call or put' -r -f -a "call\t''
put\t''"
complete -c volq -n "__fish_volq_using_subcommand greeks" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand greeks" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand greeks" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand greeks" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand greeks" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand greeks" -l weeklies -d 'Count weeklies and all other expirations beside the standard ones'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l atm -d 'Only the strike at the money'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l long -d 'One option per line in the table'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand greeks" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand greeks" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand greeks" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand greeks" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand greeks" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand screen" -l file -d 'Read symbols from a file: one per line or first CSV column' -r -F
complete -c volq -n "__fish_volq_using_subcommand screen" -l hv-estimator -d 'Estimator of historical volatility [default: close]' -r -f -a "close\t''
log\t''
parkinson\t''
garman-klass\t''
rogers-satchell\t''
yang-zhang\t''"
complete -c volq -n "__fish_volq_using_subcommand screen" -l hv-window -d 'Windows of historical volatility to show as well, calendar days' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l where -d 'Keep rows for which the expression is true; repeatable, all must hold' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l profile -d 'Named set of rules: balanced, broad, high_quality, aggressive or one of your own' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l sort -d 'Order of the rows: field names, - before a name for descending [default: -score where score or rank is shown]' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l top -d 'Most passing rows to show' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l min-vrp -d 'Volatility risk premium must exceed this' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l min-ivp -d 'Implied volatility percentile must reach this, %' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l min-liq -d 'Liquidity rating must reach this, 0 to 5' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l min-price -d 'Price must reach this, $; futures are exempt' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l max-spread -d 'Spread of the at-the-money options must not exceed this, % of their mid' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l skip-earnings -d 'Drop companies that report earnings within so many days' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l exclude -d 'Symbols to drop, separated by commas' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l held -d 'Symbols you hold, separated by commas: marked, not dropped' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand screen" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand screen" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand screen" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand screen" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand screen" -l all -d 'Show rejected rows as well, each with its reasons'
complete -c volq -n "__fish_volq_using_subcommand screen" -l fail-empty -d 'Exit 8 when no row passes'
complete -c volq -n "__fish_volq_using_subcommand screen" -l waterfall -d 'Say on stderr how many rows each rule cut'
complete -c volq -n "__fish_volq_using_subcommand screen" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand screen" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand screen" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand screen" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand screen" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand screen" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand screen" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand screen" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand screen" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand screen" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand screen" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand screen" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand screen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand screen" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand diagnose-access" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand fields" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand fields" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand fields" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand fields" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand fields" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand fields" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand fields" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand fields" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand fields" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand fields" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand fields" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand fields" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand fields" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand fields" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand fields" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand fields" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand fields" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand fields" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand fields" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand fields" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand fields" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand fields" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand fields" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand fields" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand fields" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -f -a "show" -d 'Show every setting in force and where it comes from'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -f -a "check" -d 'Fail when a setting is unknown or not allowed'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -f -a "path" -d 'Print where the settings file is, or would be'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -f -a "init" -d 'Write a settings file that explains every key'
complete -c volq -n "__fish_volq_using_subcommand config; and not __fish_seen_subcommand_from show check path init help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from check" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from path" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from init" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "show" -d 'Show every setting in force and where it comes from'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "check" -d 'Fail when a setting is unknown or not allowed'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "path" -d 'Print where the settings file is, or would be'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "init" -d 'Write a settings file that explains every key'
complete -c volq -n "__fish_volq_using_subcommand config; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -f -a "show" -d 'List what is kept: how large, how old, until when it is used'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -f -a "clear" -d 'Remove what is kept'
complete -c volq -n "__fish_volq_using_subcommand cache; and not __fish_seen_subcommand_from show clear help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from show" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from clear" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "show" -d 'List what is kept: how large, how old, until when it is used'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "clear" -d 'Remove what is kept'
complete -c volq -n "__fish_volq_using_subcommand cache; and __fish_seen_subcommand_from help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l port -d 'Port on 127.0.0.1; 0 takes a free one' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l seed -d 'Seed of the market: the same seed gives the same prices' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l extra-symbols -d 'Made-up stocks besides the usual symbols: XAAAA, XAAAB and so on' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l script -d 'JSON file of faults to play' -r -F
complete -c volq -n "__fish_volq_using_subcommand simulate" -l duration -d 'End after this long; 500ms, 5s, 2m' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand simulate" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand simulate" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand simulate" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand simulate" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand simulate" -l frozen -d 'Keep prices still'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l peer-compatible -d 'Speak the stream as the official JavaScript and Python clients need it'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand simulate" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand simulate" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand simulate" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand simulate" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand simulate" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand completions" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand completions" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand completions" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand completions" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand completions" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand completions" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand completions" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand completions" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand completions" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand completions" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand completions" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand completions" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand completions" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand completions" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand completions" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand completions" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand completions" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand completions" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand completions" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand completions" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand completions" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand completions" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand completions" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand completions" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand man" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand man" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand man" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand man" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand man" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand man" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand man" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand man" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand man" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand man" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand man" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand man" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand man" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand man" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand man" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand man" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand man" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand man" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand man" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand man" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand man" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand man" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand man" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand man" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand schema" -l provider -d 'Sources to use, in order of rank [default: dxlink,rest,legacy]' -r
complete -c volq -n "__fish_volq_using_subcommand schema" -s o -l output -d 'Format: table, json, ndjson, csv, tsv, markdown [default: table]' -r -f -a "table\t''
json\t''
ndjson\t''
csv\t''
tsv\t''
markdown\t''"
complete -c volq -n "__fish_volq_using_subcommand schema" -l fields -d 'Columns in their order, or changes such as +vrp,-beta' -r
complete -c volq -n "__fish_volq_using_subcommand schema" -l min-completeness -d 'Exit 7 when less of the wanted data is there [default: 98]' -r
complete -c volq -n "__fish_volq_using_subcommand schema" -l color -d 'When to colour: auto, always, never [default: auto]' -r -f -a "auto\t''
always\t''
never\t''"
complete -c volq -n "__fish_volq_using_subcommand schema" -l listen -d 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]' -r
complete -c volq -n "__fish_volq_using_subcommand schema" -l settle -d 'Longest wait for a better source that stays silent [default: 1s]' -r
complete -c volq -n "__fish_volq_using_subcommand schema" -l wait-slot -d 'Longest wait for a stream session when all are in use [default: 2s]' -r
complete -c volq -n "__fish_volq_using_subcommand schema" -l timeout -d 'Longest run of the whole command [default: 30s]' -r
complete -c volq -n "__fish_volq_using_subcommand schema" -l config -d 'Settings file laid over your own, TOML or JSON' -r -F
complete -c volq -n "__fish_volq_using_subcommand schema" -l env-file -d 'File of variables read in place of .env.tastytrade' -r -F
complete -c volq -n "__fish_volq_using_subcommand schema" -l no-stream -d 'Open no stream: no socket, no quote token'
complete -c volq -n "__fish_volq_using_subcommand schema" -l demo -d 'Use the built-in simulated market: no account, no network'
complete -c volq -n "__fish_volq_using_subcommand schema" -l dxfeed-demo -d 'Use dxFeed\'s public delayed stream instead of an account'
complete -c volq -n "__fish_volq_using_subcommand schema" -l json -d 'Print JSON, the same as -o json'
complete -c volq -n "__fish_volq_using_subcommand schema" -l strict -d 'Exit 7 unless everything is there, optional fields included'
complete -c volq -n "__fish_volq_using_subcommand schema" -s q -l quiet -d 'Print errors only on stderr'
complete -c volq -n "__fish_volq_using_subcommand schema" -s v -l verbose -d 'Tell more on stderr; -vv and -vvv tell still more'
complete -c volq -n "__fish_volq_using_subcommand schema" -l no-progress -d 'Show no progress bar'
complete -c volq -n "__fish_volq_using_subcommand schema" -l timings -d 'Print a table of phases on stderr'
complete -c volq -n "__fish_volq_using_subcommand schema" -l plan -d 'Print what would be asked, and connect to nothing'
complete -c volq -n "__fish_volq_using_subcommand schema" -l full-listen -d 'Stay until the last subscription\'s window closes'
complete -c volq -n "__fish_volq_using_subcommand schema" -l no-cache -d 'Keep nothing between runs, and use nothing kept'
complete -c volq -n "__fish_volq_using_subcommand schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c volq -n "__fish_volq_using_subcommand schema" -s V -l version -d 'Print version'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "quote" -d 'Prices and volatility, one row per symbol'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "greeks" -d 'Options with their greeks, named or selected from the chain of an underlying'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "screen" -d 'A universe of symbols, filtered, scored and ranked'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "diagnose-access" -d 'The way from credentials to the first event, layer by layer'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "fields" -d 'Every field: name, unit, meaning, sources, commands'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "config" -d 'Show, check, locate or create the settings'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "cache" -d 'Show or remove what is kept between runs'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "simulate" -d 'The built-in market server on loopback'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "completions" -d 'Completion script for a shell'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "man" -d 'Manual page'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "schema" -d 'JSON Schema of a command\'s output'
complete -c volq -n "__fish_volq_using_subcommand help; and not __fish_seen_subcommand_from quote greeks screen diagnose-access fields config cache simulate completions man schema help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c volq -n "__fish_volq_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "show" -d 'Show every setting in force and where it comes from'
complete -c volq -n "__fish_volq_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "check" -d 'Fail when a setting is unknown or not allowed'
complete -c volq -n "__fish_volq_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "path" -d 'Print where the settings file is, or would be'
complete -c volq -n "__fish_volq_using_subcommand help; and __fish_seen_subcommand_from config" -f -a "init" -d 'Write a settings file that explains every key'
complete -c volq -n "__fish_volq_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "show" -d 'List what is kept: how large, how old, until when it is used'
complete -c volq -n "__fish_volq_using_subcommand help; and __fish_seen_subcommand_from cache" -f -a "clear" -d 'Remove what is kept'
