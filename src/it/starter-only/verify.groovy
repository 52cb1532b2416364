String log = new File(basedir, 'build.log').text
assert log.contains('BEAN ANSWERED WITH 5 TOKENS, MODEL tiny')
assert log.contains('CHAT 200 {"id":"chatcmpl-')
assert log.contains('"completion_tokens":3')
assert log.contains('READINESS 200 {"status":"UP"')
assert !log.contains('WARNING: Use --enable-native-access')
assert log.count('The LLM endpoints are open to everybody') == 1
