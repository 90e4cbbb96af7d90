package io.citronella.junit5;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Inherited;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * The tests of this class have a broker, which is a parameter of their methods: {@link io.citronella.MqttBroker} or
 * {@link MqttBrokerRuntimeInfo}. It begins before the first test and is as new before each. Where methods run in parallel, each
 * has one of its own.
 *
 * <pre>{@code
 * @MqttBrokerTest
 * class ThermometerTest {
 *     @Test
 *     void itTellsTheTemperature(MqttBroker broker) {
 *         new Thermometer(broker.getUrl()).measure();
 *         broker.expect(publish("sensors/+/temp").qos(1), times(1));
 *     }
 * }
 * }</pre>
 */
@Documented
@Inherited
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
@ExtendWith(MqttBrokerExtension.class)
public @interface MqttBrokerTest {
    /** {@return settings, each as {@code key=value}: {@code session.max_inflight=1}} */
    String[] settings() default {};
}
