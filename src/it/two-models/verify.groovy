String log = new File(basedir, 'build.log').text
assert log.contains('DEFAULT IS small')
assert log.contains('BIG ANSWERS big 8 OF CONTEXT 512')
assert log.contains('SMALL ANSWERS small 8 OF CONTEXT 256')
def models = (log =~ /MODELS 200 (.*)/)[0][1]
assert (models =~ /"id":"([^"]+)"/).collect { it[1] } == ['big', 'small', 'org/alias']
assert log =~ /CHAT big 200 .*"model":"big"/
assert log =~ /CHAT small 200 .*"model":"small"/
assert log =~ /CHAT org\/alias 200 .*"completion_tokens":3/
assert log =~ /CHAT none 404 .*"code":"model_not_found"/
assert log =~ /CHAT UNNAMED 200 .*"model":"small"/
assert log =~ /READINESS 200 \{.*"status":"UP"/
