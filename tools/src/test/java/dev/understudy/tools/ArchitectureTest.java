package dev.understudy.tools;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.GeneralCodingRules;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The house (DESIGN 3) and the rules of its ground floor (DESIGN 5), held against the compiled classes: which module may
 * use which, what the packages of the stack may know, and where clocks, threads and native calls may be reached for.
 */
final class ArchitectureTest {
    /** One test for each rule below, on all classes but the tests'. */
    @TestFactory
    List<DynamicTest> rules() throws IllegalAccessException {
        JavaClasses house =
                new ClassFileImporter()
                        .withImportOption(new ImportOption.DoNotIncludeTests())
                        .withImportOption(location -> !location.contains("-tests.jar"))
                        .importPackages("dev.understudy");
        List<DynamicTest> tests = new ArrayList<>();
        for (Field field : ArchitectureTest.class.getDeclaredFields()) {
            if (field.get(null) instanceof ArchRule rule) {
                tests.add(DynamicTest.dynamicTest(field.getName(), () -> rule.check(house)));
            }
        }
        return tests;
    }

    private static final String STACK = "dev.understudy.stack..";
    private static final String DISPATCHER = "dev.understudy.dispatcher..";
    private static final String TUI = "dev.understudy.tui..";
    private static final String TOOLS = "dev.understudy.tools..";

    /** Sans-I/O: whatever decides gets the time, the randomness and its packets as parameters. */
    private static final String[] DECIDING = {
        "dev.understudy.stack.wire..",
        "dev.understudy.stack.ip..",
        "dev.understudy.stack.udp..",
        "dev.understudy.stack.tcp..",
        "dev.understudy.dispatcher.session..",
        "dev.understudy.dispatcher.translate..",
        "dev.understudy.dispatcher.bind..",
        "dev.understudy.dispatcher.recover..",
        "dev.understudy.dispatcher.protocol..",
        "dev.understudy.dispatcher.service.."
    };

    static final ArchRule modulesUseOnlyTheOnesBelow =
            layeredArchitecture()
                    .consideringOnlyDependenciesInAnyPackage("dev.understudy..")
                    .layer("stack")
                    .definedBy(STACK)
                    .layer("dispatcher")
                    .definedBy(DISPATCHER)
                    .layer("tui")
                    .definedBy(TUI)
                    .layer("tools")
                    .definedBy(TOOLS)
                    .withOptionalLayers(true)
                    .whereLayer("tools")
                    .mayNotBeAccessedByAnyLayer()
                    .whereLayer("tui")
                    .mayOnlyBeAccessedByLayers("tools")
                    .whereLayer("dispatcher")
                    .mayOnlyBeAccessedByLayers("tui", "tools")
                    .whereLayer("stack")
                    .mayNotAccessAnyLayer();

    static final ArchRule theMonitorKnowsOnlyTheControlSurface =
            noClasses()
                    .that()
                    .resideInAPackage(TUI)
                    .should()
                    .dependOnClassesThat(
                            resideInAPackage(DISPATCHER)
                                    .and(not("dev.understudy.dispatcher.control..")))
                    .orShould()
                    .dependOnClassesThat(
                            resideInAPackage(STACK).and(not("dev.understudy.stack.wire..")))
                    .allowEmptyShould(true);

    static final ArchRule wireIsBytesOnly =
            classes()
                    .that()
                    .resideInAPackage("dev.understudy.stack.wire..")
                    .should()
                    .onlyDependOnClassesThat(
                            resideInAnyPackage(
                                            "dev.understudy.stack.wire..",
                                            "java.lang..",
                                            "java.util..",
                                            "io.netty.buffer..",
                                            "io.netty.util..")
                                    .or(named("java.net.InetAddress"))
                                    .or(named("java.net.UnknownHostException"))
                                    .or(named("java.nio.ByteOrder"))
                                    .or(resideInAPackage("java.nio.charset..")));

    static final ArchRule nothingStaticIsMutable =
            fields().that()
                    .areStatic()
                    .and()
                    .doNotHaveModifier(JavaModifier.SYNTHETIC)
                    .should()
                    .beFinal();

    static final ArchRule packagesOfTheStackHaveNoCycles =
            slices().matching("dev.understudy.stack.(*)..").should().beFreeOfCycles();

    static final ArchRule stackIpKnowsNoTransport =
            noClasses()
                    .that()
                    .resideInAPackage("dev.understudy.stack.ip..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage("dev.understudy.stack.udp..", "dev.understudy.stack.host..")
                    .allowEmptyShould(true);

    static final ArchRule controlAndConfigAreSurfaces =
            noClasses()
                    .that()
                    .resideInAnyPackage(
                            "dev.understudy.dispatcher.control..",
                            "dev.understudy.dispatcher.config..")
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "dev.understudy.dispatcher.session..",
                            "dev.understudy.dispatcher.translate..",
                            "dev.understudy.dispatcher.bind..",
                            "dev.understudy.dispatcher.recover..",
                            "dev.understudy.dispatcher.attach..");

    static final ArchRule whatDecidesReachesForNoClock =
            noClasses()
                    .that()
                    .resideInAnyPackage(DECIDING)
                    .should()
                    .callMethod(System.class, "nanoTime")
                    .orShould()
                    .callMethod(System.class, "currentTimeMillis")
                    .orShould()
                    .dependOnClassesThat(named("java.time.Clock").or(named("java.time.Instant")));

    static final ArchRule whatDecidesReachesForNoThread =
            noClasses()
                    .that()
                    .resideInAnyPackage(DECIDING)
                    .should()
                    .dependOnClassesThat(
                            named("java.lang.Thread")
                                    .or(resideInAPackage("java.util.concurrent..")));

    static final ArchRule whatDecidesReachesForNoRandomSource =
            noClasses()
                    .that()
                    .resideInAnyPackage(DECIDING)
                    .should()
                    .dependOnClassesThat(
                            named("java.util.Random")
                                    .or(named("java.util.SplittableRandom"))
                                    .or(named("java.security.SecureRandom")))
                    .orShould()
                    .callMethod(Math.class, "random");

    static final ArchRule whatDecidesTouchesNoSocketAndNoFile =
            noClasses()
                    .that()
                    .resideInAnyPackage(DECIDING)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(
                            "java.io..",
                            "java.nio.channels..",
                            "java.nio.file..",
                            "io.netty.channel..",
                            "com.sun.jna..");

    static final ArchRule librariesPrintNothing =
            noClasses()
                    .that()
                    .resideInAnyPackage(STACK, DISPATCHER)
                    .should(GeneralCodingRules.ACCESS_STANDARD_STREAMS);

    private ArchitectureTest() {}

    private static DescribedPredicate<JavaClass> not(String packages) {
        return DescribedPredicate.not(resideInAPackage(packages));
    }

    private static DescribedPredicate<JavaClass> named(String name) {
        return DescribedPredicate.describe(name, c -> c.getName().equals(name));
    }
}
