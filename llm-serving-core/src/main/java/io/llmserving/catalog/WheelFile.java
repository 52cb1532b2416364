package io.llmserving.catalog;

/**
 * A file of a wheel.
 *
 * @param name its name
 * @param size the bytes it claims to have
 * @param packedSize the bytes it takes in the wheel
 */
record WheelFile(String name, long size, long packedSize) {

}
