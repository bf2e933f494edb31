using System.Reflection;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

/// <summary>The plans of the folder <c>Plans</c>, and plans made of parts.</summary>
internal static class TestPlans
{
    public static string ProjectDirectory { get; } = typeof(TestPlans).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == nameof(ProjectDirectory)).Value!;

    public static string[] Names { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(ProjectDirectory, "Plans"), "*.plan")
            .Select(p => Path.GetFileNameWithoutExtension(p))
            .Order(StringComparer.Ordinal),
    ];

    public static string Text(string name) => File.ReadAllText(Path.Combine(ProjectDirectory, "Plans", name + ".plan"));

    public static ExecutionPlan Read(string name) => PlanReader.Read(Text(name));

    /// <summary>A plan whose only call has these arguments.</summary>
    public static ExecutionPlan WithArguments(IEnumerable<string> symbols, params PlanArgument[] arguments)
    {
        EquatableArray<string> names = new(symbols);
        var input = new PlanTensor("x", PlanType.F32, new(names.Select(Dimension.Symbol)), PlanLocation.Input, Dimension.Zero, null, null);
        var output = new PlanTensor("y", PlanType.F32, EquatableArray<Dimension>.Empty, PlanLocation.Output, Dimension.Zero, 0.5f, -3);
        var call = new PlanCall("Kernel.Method", new(arguments.Select((a, i) => new PlanNamedArgument("a" + i, a))));
        return new ExecutionPlan(
            new PlanClass("internal", "", "Model"),
            new PlanSource("m.onnx", "00ff", 13, ""),
            "fp32",
            new PlanCard(0, Dimension.Zero, null),
            new PlanWeights("w", 64, "00ff", IsFile: false),
            names,
            EquatableArray<string>.Empty,
            Dimension.Zero,
            null,
            new([new PlanPort("x", "x", 0)]),
            new([new PlanPort("y", "y", 1)]),
            new([input, output]),
            new([new PlanConstant("c", PlanType.S8, "plain/1", 0, 1)]),
            new([new PlanStep("s", "d", call)]));
    }

    /// <summary>A plan of so many steps: x + 1 + 1 …, in two arena tensors by turns. Its weights are 16 ones.</summary>
    public static ExecutionPlan Chain(int steps)
    {
        var batch = Dimension.Symbol("batch");
        EquatableArray<Dimension> shape = new([batch, 16]);
        PlanTensor Arena(int i) => new($"/add.{i}/out", PlanType.F32, shape, PlanLocation.Arena, i % 2 * (batch * 64), null, null);
        PlanStep Step(int i) => new(
            $"/add.{i}",
            "Add f32 [batch,16]",
            new PlanCall("Arithmetic.Add", new(
            [
                new PlanNamedArgument("shape", new PlanCall("BroadcastShape", new(
                [
                    new PlanNamedArgument("dimensions", new IntegersArgument(new([batch, 16]))),
                    new PlanNamedArgument("left", new IntegersArgument(new([16, 1]))),
                    new PlanNamedArgument("right", new IntegersArgument(new([0, 1]))),
                ]))),
                new PlanNamedArgument("left", new TensorArgument(i == 0 ? 0 : i + 1)),
                new PlanNamedArgument("right", new ConstantArgument(0)),
                new PlanNamedArgument("output", new TensorArgument(i == steps - 1 ? 1 : i + 2)),
            ])));
        return new ExecutionPlan(
            new PlanClass("public", "Chains", "Chain"),
            new PlanSource("chain.onnx", "00ff", 13, ""),
            "fp32",
            new PlanCard(16, Dimension.Zero, null),
            new PlanWeights(
                "chain.weights", WeightFile.HeaderLength + 64, WeightFile.Hash(WeightFile.Payload([.. Enumerable.Repeat(1f, 16)])),
                IsFile: false),
            new(["batch"]),
            EquatableArray<string>.Empty,
            batch * 128,
            null,
            new([new PlanPort("x", "x", 0)]),
            new([new PlanPort("y", "y", 1)]),
            new(
            [
                new PlanTensor("x", PlanType.F32, shape, PlanLocation.Input, Dimension.Zero, null, null),
                new PlanTensor("y", PlanType.F32, shape, PlanLocation.Output, Dimension.Zero, null, null),
                .. Enumerable.Range(0, steps - 1).Select(Arena),
            ]),
            new([new PlanConstant("one", PlanType.F32, "plain/1", 0, 16)]),
            new(Enumerable.Range(0, steps).Select(Step)));
    }
}
