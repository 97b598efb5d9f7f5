
using namespace System.Management.Automation
using namespace System.Management.Automation.Language

Register-ArgumentCompleter -Native -CommandName 'volq' -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    $commandElements = $commandAst.CommandElements
    $command = @(
        'volq'
        for ($i = 1; $i -lt $commandElements.Count; $i++) {
            $element = $commandElements[$i]
            if ($element -isnot [StringConstantExpressionAst] -or
                $element.StringConstantType -ne [StringConstantType]::BareWord -or
                $element.Value.StartsWith('-') -or
                $element.Value -eq $wordToComplete) {
                break
        }
        $element.Value
    }) -join ';'

    $completions = @(switch ($command) {
        'volq' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('quote', 'quote', [CompletionResultType]::ParameterValue, 'Prices and volatility, one row per symbol')
            [CompletionResult]::new('greeks', 'greeks', [CompletionResultType]::ParameterValue, 'Options with their greeks, named or selected from the chain of an underlying')
            [CompletionResult]::new('screen', 'screen', [CompletionResultType]::ParameterValue, 'A universe of symbols, filtered, scored and ranked')
            [CompletionResult]::new('diagnose-access', 'diagnose-access', [CompletionResultType]::ParameterValue, 'The way from credentials to the first event, layer by layer')
            [CompletionResult]::new('fields', 'fields', [CompletionResultType]::ParameterValue, 'Every field: name, unit, meaning, sources, commands')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show, check, locate or create the settings')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Show or remove what is kept between runs')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'The built-in market server on loopback')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Manual page')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'JSON Schema of a command''s output')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'volq;quote' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read symbols from a file: one per line or first CSV column')
            [CompletionResult]::new('--hv-estimator', '--hv-estimator', [CompletionResultType]::ParameterName, 'Estimator of historical volatility [default: close]')
            [CompletionResult]::new('--hv-window', '--hv-window', [CompletionResultType]::ParameterName, 'Windows of historical volatility to show as well, calendar days')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;greeks' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read symbols from a file: one per line or first CSV column')
            [CompletionResult]::new('--dte', '--dte', [CompletionResultType]::ParameterName, 'Expiration nearest to so many days, or all in a range such as 20..60 [default: 30]')
            [CompletionResult]::new('--expiration', '--expiration', [CompletionResultType]::ParameterName, 'Expiration of this day, whether standard or not')
            [CompletionResult]::new('--strikes', '--strikes', [CompletionResultType]::ParameterName, 'Strikes on each side of the one at the money [default: 5]')
            [CompletionResult]::new('--delta', '--delta', [CompletionResultType]::ParameterName, 'Range of delta without its sign, such as 0.16..0.35')
            [CompletionResult]::new('--moneyness', '--moneyness', [CompletionResultType]::ParameterName, 'Range of strike divided by price of the underlying, such as 0.8..1.2')
            [CompletionResult]::new('--right', '--right', [CompletionResultType]::ParameterName, 'Only one side: call or put')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--weeklies', '--weeklies', [CompletionResultType]::ParameterName, 'Count weeklies and all other expirations beside the standard ones')
            [CompletionResult]::new('--atm', '--atm', [CompletionResultType]::ParameterName, 'Only the strike at the money')
            [CompletionResult]::new('--long', '--long', [CompletionResultType]::ParameterName, 'One option per line in the table')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;screen' {
            [CompletionResult]::new('--file', '--file', [CompletionResultType]::ParameterName, 'Read symbols from a file: one per line or first CSV column')
            [CompletionResult]::new('--hv-estimator', '--hv-estimator', [CompletionResultType]::ParameterName, 'Estimator of historical volatility [default: close]')
            [CompletionResult]::new('--hv-window', '--hv-window', [CompletionResultType]::ParameterName, 'Windows of historical volatility to show as well, calendar days')
            [CompletionResult]::new('--where', '--where', [CompletionResultType]::ParameterName, 'Keep rows for which the expression is true; repeatable, all must hold')
            [CompletionResult]::new('--profile', '--profile', [CompletionResultType]::ParameterName, 'Named set of rules: balanced, broad, high_quality, aggressive or one of your own')
            [CompletionResult]::new('--sort', '--sort', [CompletionResultType]::ParameterName, 'Order of the rows: field names, - before a name for descending [default: -score where score or rank is shown]')
            [CompletionResult]::new('--top', '--top', [CompletionResultType]::ParameterName, 'Most passing rows to show')
            [CompletionResult]::new('--min-vrp', '--min-vrp', [CompletionResultType]::ParameterName, 'Volatility risk premium must exceed this')
            [CompletionResult]::new('--min-ivp', '--min-ivp', [CompletionResultType]::ParameterName, 'Implied volatility percentile must reach this, %')
            [CompletionResult]::new('--min-liq', '--min-liq', [CompletionResultType]::ParameterName, 'Liquidity rating must reach this, 0 to 5')
            [CompletionResult]::new('--min-price', '--min-price', [CompletionResultType]::ParameterName, 'Price must reach this, $; futures are exempt')
            [CompletionResult]::new('--max-spread', '--max-spread', [CompletionResultType]::ParameterName, 'Spread of the at-the-money options must not exceed this, % of their mid')
            [CompletionResult]::new('--skip-earnings', '--skip-earnings', [CompletionResultType]::ParameterName, 'Drop companies that report earnings within so many days')
            [CompletionResult]::new('--exclude', '--exclude', [CompletionResultType]::ParameterName, 'Symbols to drop, separated by commas')
            [CompletionResult]::new('--held', '--held', [CompletionResultType]::ParameterName, 'Symbols you hold, separated by commas: marked, not dropped')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--all', '--all', [CompletionResultType]::ParameterName, 'Show rejected rows as well, each with its reasons')
            [CompletionResult]::new('--fail-empty', '--fail-empty', [CompletionResultType]::ParameterName, 'Exit 8 when no row passes')
            [CompletionResult]::new('--waterfall', '--waterfall', [CompletionResultType]::ParameterName, 'Say on stderr how many rows each rule cut')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;diagnose-access' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;fields' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;config' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting in force and where it comes from')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Fail when a setting is unknown or not allowed')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the settings file is, or would be')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a settings file that explains every key')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'volq;config;show' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;config;check' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;config;path' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;config;init' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;config;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting in force and where it comes from')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Fail when a setting is unknown or not allowed')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the settings file is, or would be')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a settings file that explains every key')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'volq;config;help;show' {
            break
        }
        'volq;config;help;check' {
            break
        }
        'volq;config;help;path' {
            break
        }
        'volq;config;help;init' {
            break
        }
        'volq;config;help;help' {
            break
        }
        'volq;cache' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'List what is kept: how large, how old, until when it is used')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Remove what is kept')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'volq;cache;show' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;cache;clear' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;cache;help' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'List what is kept: how large, how old, until when it is used')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Remove what is kept')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'volq;cache;help;show' {
            break
        }
        'volq;cache;help;clear' {
            break
        }
        'volq;cache;help;help' {
            break
        }
        'volq;simulate' {
            [CompletionResult]::new('--port', '--port', [CompletionResultType]::ParameterName, 'Port on 127.0.0.1; 0 takes a free one')
            [CompletionResult]::new('--seed', '--seed', [CompletionResultType]::ParameterName, 'Seed of the market: the same seed gives the same prices')
            [CompletionResult]::new('--extra-symbols', '--extra-symbols', [CompletionResultType]::ParameterName, 'Made-up stocks besides the usual symbols: XAAAA, XAAAB and so on')
            [CompletionResult]::new('--script', '--script', [CompletionResultType]::ParameterName, 'JSON file of faults to play')
            [CompletionResult]::new('--duration', '--duration', [CompletionResultType]::ParameterName, 'End after this long; 500ms, 5s, 2m')
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--frozen', '--frozen', [CompletionResultType]::ParameterName, 'Keep prices still')
            [CompletionResult]::new('--peer-compatible', '--peer-compatible', [CompletionResultType]::ParameterName, 'Speak the stream as the official JavaScript and Python clients need it')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;completions' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;man' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;schema' {
            [CompletionResult]::new('--provider', '--provider', [CompletionResultType]::ParameterName, 'Sources to use, in order of rank [default: dxlink,rest,legacy]')
            [CompletionResult]::new('-o', '-o', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--output', '--output', [CompletionResultType]::ParameterName, 'Format: table, json, ndjson, csv, tsv, markdown [default: table]')
            [CompletionResult]::new('--fields', '--fields', [CompletionResultType]::ParameterName, 'Columns in their order, or changes such as +vrp,-beta')
            [CompletionResult]::new('--min-completeness', '--min-completeness', [CompletionResultType]::ParameterName, 'Exit 7 when less of the wanted data is there [default: 98]')
            [CompletionResult]::new('--color', '--color', [CompletionResultType]::ParameterName, 'When to colour: auto, always, never [default: auto]')
            [CompletionResult]::new('--listen', '--listen', [CompletionResultType]::ParameterName, 'Longest wait for an event of the stream: 500ms, 5s, 2m [default: 5s]')
            [CompletionResult]::new('--settle', '--settle', [CompletionResultType]::ParameterName, 'Longest wait for a better source that stays silent [default: 1s]')
            [CompletionResult]::new('--wait-slot', '--wait-slot', [CompletionResultType]::ParameterName, 'Longest wait for a stream session when all are in use [default: 2s]')
            [CompletionResult]::new('--timeout', '--timeout', [CompletionResultType]::ParameterName, 'Longest run of the whole command [default: 30s]')
            [CompletionResult]::new('--config', '--config', [CompletionResultType]::ParameterName, 'Settings file laid over your own, TOML or JSON')
            [CompletionResult]::new('--env-file', '--env-file', [CompletionResultType]::ParameterName, 'File of variables read in place of .env.tastytrade')
            [CompletionResult]::new('--no-stream', '--no-stream', [CompletionResultType]::ParameterName, 'Open no stream: no socket, no quote token')
            [CompletionResult]::new('--demo', '--demo', [CompletionResultType]::ParameterName, 'Use the built-in simulated market: no account, no network')
            [CompletionResult]::new('--dxfeed-demo', '--dxfeed-demo', [CompletionResultType]::ParameterName, 'Use dxFeed''s public delayed stream instead of an account')
            [CompletionResult]::new('--json', '--json', [CompletionResultType]::ParameterName, 'Print JSON, the same as -o json')
            [CompletionResult]::new('--strict', '--strict', [CompletionResultType]::ParameterName, 'Exit 7 unless everything is there, optional fields included')
            [CompletionResult]::new('-q', '-q', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('--quiet', '--quiet', [CompletionResultType]::ParameterName, 'Print errors only on stderr')
            [CompletionResult]::new('-v', '-v', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--verbose', '--verbose', [CompletionResultType]::ParameterName, 'Tell more on stderr; -vv and -vvv tell still more')
            [CompletionResult]::new('--no-progress', '--no-progress', [CompletionResultType]::ParameterName, 'Show no progress bar')
            [CompletionResult]::new('--timings', '--timings', [CompletionResultType]::ParameterName, 'Print a table of phases on stderr')
            [CompletionResult]::new('--plan', '--plan', [CompletionResultType]::ParameterName, 'Print what would be asked, and connect to nothing')
            [CompletionResult]::new('--full-listen', '--full-listen', [CompletionResultType]::ParameterName, 'Stay until the last subscription''s window closes')
            [CompletionResult]::new('--no-cache', '--no-cache', [CompletionResultType]::ParameterName, 'Keep nothing between runs, and use nothing kept')
            [CompletionResult]::new('-h', '-h', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('--help', '--help', [CompletionResultType]::ParameterName, 'Print help (see more with ''--help'')')
            [CompletionResult]::new('-V', '-V ', [CompletionResultType]::ParameterName, 'Print version')
            [CompletionResult]::new('--version', '--version', [CompletionResultType]::ParameterName, 'Print version')
            break
        }
        'volq;help' {
            [CompletionResult]::new('quote', 'quote', [CompletionResultType]::ParameterValue, 'Prices and volatility, one row per symbol')
            [CompletionResult]::new('greeks', 'greeks', [CompletionResultType]::ParameterValue, 'Options with their greeks, named or selected from the chain of an underlying')
            [CompletionResult]::new('screen', 'screen', [CompletionResultType]::ParameterValue, 'A universe of symbols, filtered, scored and ranked')
            [CompletionResult]::new('diagnose-access', 'diagnose-access', [CompletionResultType]::ParameterValue, 'The way from credentials to the first event, layer by layer')
            [CompletionResult]::new('fields', 'fields', [CompletionResultType]::ParameterValue, 'Every field: name, unit, meaning, sources, commands')
            [CompletionResult]::new('config', 'config', [CompletionResultType]::ParameterValue, 'Show, check, locate or create the settings')
            [CompletionResult]::new('cache', 'cache', [CompletionResultType]::ParameterValue, 'Show or remove what is kept between runs')
            [CompletionResult]::new('simulate', 'simulate', [CompletionResultType]::ParameterValue, 'The built-in market server on loopback')
            [CompletionResult]::new('completions', 'completions', [CompletionResultType]::ParameterValue, 'Completion script for a shell')
            [CompletionResult]::new('man', 'man', [CompletionResultType]::ParameterValue, 'Manual page')
            [CompletionResult]::new('schema', 'schema', [CompletionResultType]::ParameterValue, 'JSON Schema of a command''s output')
            [CompletionResult]::new('help', 'help', [CompletionResultType]::ParameterValue, 'Print this message or the help of the given subcommand(s)')
            break
        }
        'volq;help;quote' {
            break
        }
        'volq;help;greeks' {
            break
        }
        'volq;help;screen' {
            break
        }
        'volq;help;diagnose-access' {
            break
        }
        'volq;help;fields' {
            break
        }
        'volq;help;config' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'Show every setting in force and where it comes from')
            [CompletionResult]::new('check', 'check', [CompletionResultType]::ParameterValue, 'Fail when a setting is unknown or not allowed')
            [CompletionResult]::new('path', 'path', [CompletionResultType]::ParameterValue, 'Print where the settings file is, or would be')
            [CompletionResult]::new('init', 'init', [CompletionResultType]::ParameterValue, 'Write a settings file that explains every key')
            break
        }
        'volq;help;config;show' {
            break
        }
        'volq;help;config;check' {
            break
        }
        'volq;help;config;path' {
            break
        }
        'volq;help;config;init' {
            break
        }
        'volq;help;cache' {
            [CompletionResult]::new('show', 'show', [CompletionResultType]::ParameterValue, 'List what is kept: how large, how old, until when it is used')
            [CompletionResult]::new('clear', 'clear', [CompletionResultType]::ParameterValue, 'Remove what is kept')
            break
        }
        'volq;help;cache;show' {
            break
        }
        'volq;help;cache;clear' {
            break
        }
        'volq;help;simulate' {
            break
        }
        'volq;help;completions' {
            break
        }
        'volq;help;man' {
            break
        }
        'volq;help;schema' {
            break
        }
        'volq;help;help' {
            break
        }
    })

    $completions.Where{ $_.CompletionText -like "$wordToComplete*" } |
        Sort-Object -Property ListItemText
}
