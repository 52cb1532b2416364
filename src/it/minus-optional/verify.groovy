String log = new File(basedir, 'build.log').text
assert log.contains('PRESENT []')
assert log.contains('BEAN ANSWERED WITH 5 TOKENS, MODEL tiny')
assert log.contains('STREAMED TEXT')
assert log.contains('CONTEXT AnnotationConfigApplicationContext')
assert !log.contains('ClassNotFoundException') && !log.contains('NoClassDefFoundError')
