String log = new File(basedir, 'build.log').text
assert log =~ /CLIENT SAYS .*blue/
assert log.contains('REMEMBERED 4 MESSAGES')
assert log =~ /MODEL other USED [1-9]\d+ TOKENS/
assert !log.contains('TypeNotPresentException')
