import java.io.*;
import java.nio.file.*;
import java.util.*;
import org.apache.jena.graph.*;
import org.apache.jena.rdf.model.*;
import org.apache.jena.reasoner.rulesys.*;

/** Runs strata of Jena rules forward (RETE), one after the other. Arguments: data.nt, rules, derived.nt. Prints seconds and peak kB. */
public class JenaRules {
  public static void main(String[] arguments) throws Exception {
    Model data = ModelFactory.createDefaultModel();
    try (InputStream file = new FileInputStream(arguments[0])) {
      data.read(file, null, "N-TRIPLE");
    }
    String[] strata = Files.readString(Path.of(arguments[1])).split("(?m)^---$");
    String prefixes = String.join("\n", strata[0].lines().filter(line -> line.startsWith("@prefix")).toList());
    List<List<Rule>> rules = new ArrayList<>();
    for (String stratum : strata) {
      String text = stratum == strata[0] ? stratum : prefixes + "\n" + stratum;
      rules.add(Rule.parseRules(Rule.rulesParserFromReader(new BufferedReader(new StringReader(text)))));
    }
    Model derived = ModelFactory.createDefaultModel();
    long start = System.nanoTime();
    for (List<Rule> stratum : rules) {
      GenericRuleReasoner reasoner = new GenericRuleReasoner(stratum);
      reasoner.setMode(GenericRuleReasoner.FORWARD_RETE);
      InfModel closure = ModelFactory.createInfModel(reasoner, data);
      closure.prepare();
      Model found = closure.getDeductionsModel();
      data.add(found);
      derived.add(found);
    }
    double seconds = (System.nanoTime() - start) / 1e9;
    try (OutputStream file = new BufferedOutputStream(new FileOutputStream(arguments[2]))) {
      derived.write(file, "N-TRIPLE");
    }
    String peak = Files.readString(Path.of("/proc/self/status")).replaceAll("(?s).*VmHWM:\\s*(\\d+).*", "$1");
    System.out.println(seconds + " " + peak);
  }
}
