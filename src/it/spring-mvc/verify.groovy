String log = new File(basedir, 'build.log').text
assert log.contains('CONTEXT AnnotationConfigServletWebServerApplicationContext')
assert log =~ /\/answer\?question=Hello 200 text\/plain\S* TOKENS 5 ON http-nio/
// Tokens that are ready at the same moment share an event, so there may be one event only.
assert log =~ /\/stream\?question=Hello 200 text\/event-stream\S* data:[^|]*\w/
assert log =~ /\/v1\/models 404/
assert log =~ /readiness 200 .*"status":"UP"/
assert log.count('This is a servlet application: its models are beans') == 1
assert !log.contains('NettyWebServer')
assert !log.contains('ClassNotFoundException') && !log.contains('NoClassDefFoundError')
