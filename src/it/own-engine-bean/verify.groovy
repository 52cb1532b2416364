String log = new File(basedir, 'build.log').text
assert log.contains('BEAN: ENGINES [llmEngine.tiny]')
assert log.contains('INJECTED tiny SAYS of my own')
assert log =~ /FACADE: ENGINES \[llmEngine.tiny\]/
assert log.contains('INJECTED tiny SAYS of my facade')
assert log =~ /FACADE: \/v1\/chat\/completions 200 .*"content":"of my facade"/
