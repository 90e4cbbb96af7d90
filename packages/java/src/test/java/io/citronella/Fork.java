package io.citronella;

/** A Java process with a broker, for tests of how programs begin and end: it says which, and stays until its input ends. */
final class Fork {
    private Fork() {}

    public static void main(String[] args) throws Exception {
        try {
            MqttBroker broker = MqttBroker.start();
            long program = ProcessHandle.current().children().map(ProcessHandle::pid).findFirst().orElse(0L);
            System.out.println(program + " " + broker.getUrl());
        } catch (MqttBrokerException error) {
            System.out.println("error: " + error.getMessage());
        }
        System.in.read();
        System.exit(0);
    }
}
