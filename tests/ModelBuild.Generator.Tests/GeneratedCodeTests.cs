using System.Reflection;
using Microsoft.CodeAnalysis.CSharp;
using ModelBuild.Generator.Emit;
using ModelBuild.Plan;

namespace ModelBuild.Generator.Tests;

/// <summary>Generated code is compiled beside all sorts of user code, and run.</summary>
public sealed class GeneratedCodeTests
{
    private const string TinyDriver =
        """
        using Tests;
        using System.Numerics.Tensors;

        #pragma warning disable CS1591

        public static class Driver
        {
            private static readonly Tiny s_model = new();

            public static float[] Returns(float[] x) => s_model.Predict(x).Probabilities;

            public static float[] ReturnsRelu(float[] x) => s_model.Predict(x).ReluOutput;

            public static int Batch(float[] x) => s_model.Predict(x).Batch;

            public static float[] Writes(float[] x)
            {
                float[] y = new float[x.Length];
                s_model.Predict(x, y, new float[x.Length]);
                return y;
            }

            public static float[] WritesTooMuch(float[] x)
            {
                s_model.Predict(x, new float[x.Length], new float[x.Length + 1]);
                return x;
            }

            public static float[] WritesOverItsInput(float[] x)
            {
                s_model.Predict(x, new float[x.Length], x);
                return x;
            }

            public static float[] WritesPartlyIntoOneMemory(float[] x)
            {
                float[] y = new float[x.Length + 4];
                s_model.Predict(x, System.MemoryExtensions.AsSpan(y, 0, x.Length), System.MemoryExtensions.AsSpan(y, 4));
                return y;
            }

            public static float[] ReturnsFromTensor(float[] x) =>
                s_model.Predict(new ReadOnlyTensorSpan<float>(x, [x.Length / 4, 4])).Probabilities;

            public static float[] WritesToTensor(float[] x)
            {
                Tensor<float> y = Tensor.CreateFromShape<float>([x.Length / 4, 4]);
                s_model.Predict(Tensor.Create(x, [x.Length / 4, 4]), y, Tensor.CreateFromShape<float>([x.Length / 4, 4]));
                float[] result = new float[x.Length];
                y.FlattenTo(result);
                return result;
            }

            public static float[] FromFlatTensor(float[] x) => s_model.Predict(new ReadOnlyTensorSpan<float>(x, [x.Length])).Probabilities;

            public static float[] FromTransposedTensor(float[] x) =>
                s_model.Predict(new ReadOnlyTensorSpan<float>(x, [4, 4], [1, 4])).Probabilities;

            public static float[] FromTensorWithGaps(float[] x) =>
                s_model.Predict(new ReadOnlyTensorSpan<float>(x, [x.Length / 8, 4], [8, 1])).Probabilities;

            public static float[] AllocatedBytes(float[] x)
            {
                float[] y = new float[x.Length];
                float[] relu = new float[x.Length];
                for (int i = 0; i < 10; i++)
                {
                    s_model.Predict(x, y, relu);
                }

                // A collection on another thread can count here what this thread has not allocated: the least of several attempts.
                long allocated = long.MaxValue;
                for (int attempt = 0; attempt < 10; attempt++)
                {
                    long before = System.GC.GetAllocatedBytesForCurrentThread();
                    for (int i = 0; i < 100; i++)
                    {
                        s_model.Predict(x, y, relu);
                    }

                    allocated = System.Math.Min(allocated, System.GC.GetAllocatedBytesForCurrentThread() - before);
                }

                return [allocated];
            }

            public static int[] Constants() => [Tiny.XLength, Tiny.ProbabilitiesLength, .. Tiny.XShape, .. Tiny.ProbabilitiesShape];
        }
        """;

    private const string EncoderDriver =
        """
        public static class Driver
        {
            public static (int Batch, int Sequence, float[] Hidden, float[] Values) Returns(long[] ids, long[] mask, int batch, int sequence)
            {
                var result = new encoder().Predict(ids, mask, batch, sequence);
                return (result.Batch, result.Sequence, result.LastHiddenState, result.Values);
            }

            public static (int Batch, int Sequence, float[] Hidden, float[] Values) ReturnsFromTensors(long[] ids, long[] mask, int batch, int sequence)
            {
                var result = new encoder().Predict(
                    System.Numerics.Tensors.Tensor.Create(ids, [batch, sequence]),
                    System.Numerics.Tensors.Tensor.Create(mask, [batch, sequence]));
                return (result.Batch, result.Sequence, result.LastHiddenState, result.Values);
            }
        }
        """;

    /// <summary>Everything that a careless generator would find before the framework.</summary>
    private const string HostileCode =
        """
        global using Span = System.Text.StringBuilder;
        global using static System.Math;

        namespace Fashion.Models
        {
            class System;
            class ModelBuild;
            class Runtime;
            class Kernels;
            class ArenaPool;
            class ModelWeights;
            class ReadOnlySpan;
            class ArgumentException;
            class GeneratedCode;
            class GeneratedCodeAttribute;
            class Output;
            class LeNetArguments;
            class Convolution;
        }

        namespace Fashion
        {
            class System;
            class ModelBuild;
        }
        """;

    private static readonly float[] s_bias = [1, 2, 3, 4];
    private static readonly float[] s_scale = [1, 2, 3, 4, 5, 6, 7, 8];

    private static readonly Lazy<Assembly> s_tiny = new(() => Build(TestPlans.Read("Tiny"), s_bias, TinyDriver));

    private static readonly Lazy<Assembly> s_encoder = new(() => Build(TestPlans.Read("Encoder"), s_scale, EncoderDriver));

    private delegate (int Batch, int Sequence, float[] Hidden, float[] Means) EncoderPredict(
        long[] ids, long[] mask, int batch, int sequence);

    public static TheoryData<string> Plans => [.. TestPlans.Names];

    [Fact]
    public void Constructor_WithoutOptions_IsRefused()
    {
        ConstructorInfo constructor =
            s_tiny.Value.GetTypes().Single(t => t.Name == "Tiny").GetConstructor([typeof(ModelBuild.Runtime.ModelOptions)])!;
        Exception thrown = Assert.Throws<TargetInvocationException>(() => constructor.Invoke([null])).InnerException!;
        Assert.Equal("options", Assert.IsType<ArgumentNullException>(thrown).ParamName);
        Assert.NotNull(constructor.Invoke([new ModelBuild.Runtime.ModelOptions { Threads = 2 }]));
    }

    /// <summary>The names of the code's own variables, as names of ports and tensors.</summary>
    [Fact]
    public void Compile_PortsNamedAsVariablesOfTheCode_GivesNoWarning()
    {
        foreach (string name in new[]
            {
                "most", "start", "count", "arena", "context", "_threads", "options", "nameof", "batch", "output", "result",
            })
        {
            ExecutionPlan chain = TestPlans.Chain(2);
            ExecutionPlan plan = chain with
            {
                Slice = new PlanSlice("batch", 1 << 20),
                Inputs = new([new PlanPort(name, name, 0)]),
                Tensors = new([chain.Tensors[0] with { Name = name }, chain.Tensors[1], chain.Tensors[2] with { Name = $"/{name}" }]),
            };
            Compilations.Emit(Compilations.Create(Emit(plan)));
        }
    }

    /// <summary>Constants are members of a class, and read what is a member of the class around it.</summary>
    [Theory]
    [InlineData("Constants")]
    [InlineData("s_weights")]
    [InlineData("ToString")]
    [InlineData("Tiny")]
    [InlineData("class")]
    public void Compile_ConstantNamedAsWhatIsAroundIt_GivesNoWarning(string name)
    {
        ExecutionPlan tiny = TestPlans.Read("Tiny");
        ExecutionPlan plan = tiny with { Constants = new(tiny.Constants.Select(c => c with { Name = name })) };
        Compilations.Emit(Compilations.Create(Emit(plan)));
    }

    /// <summary>One output is called as the property of another.</summary>
    [Fact]
    public void Output_NamesThatDifferInCase_KeepsEachArray()
    {
        ExecutionPlan encoder = TestPlans.Read("Encoder");
        ExecutionPlan plan = encoder with
        {
            Outputs = new([encoder.Outputs[0] with { Identifier = "a" }, encoder.Outputs[1] with { Identifier = "A" }]),
        };
        Type output = Build(plan, s_scale, "class Driver;").GetTypes().Single(t => t.Name == "Output");
        float[][] arrays = [[1], [2]];
        object[] arguments =
        [
            .. output.GetConstructors().Single().GetParameters()
                .Select(p => p.ParameterType == typeof(int) ? 0 : (object)arrays[p.Name == "a" ? 0 : 1]),
        ];

        object made = Activator.CreateInstance(output, arguments)!;

        Assert.Same(arrays[0], output.GetProperty("A")!.GetValue(made));
        Assert.Same(arrays[1], output.GetProperties().Last(p => p.PropertyType == typeof(float[])).GetValue(made));
    }

    [Theory]
    [InlineData(LanguageVersion.CSharp10, false)] // the first one that code is written in
    [InlineData(LanguageVersion.CSharp12, false)]
    [InlineData(LanguageVersion.CSharp13, true)]
    public void Generate_InALanguage_TakesTensorsFromThirteenOn(LanguageVersion version, bool hasTensors)
    {
        var file = PlanFile.Read("Tiny.plan", TestPlans.Text("Tiny"));

        string text = ModelSource.Create(file, new References(true, true), "1.0", version).ToString()!;

        Assert.Contains("class Tiny", text, StringComparison.Ordinal);
        Assert.Equal(hasTensors, text.Contains("TensorSpan<", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Plans))]
    public void Compile_Plan_GivesNoWarning(string name) => Compilations.Emit(Compilations.Create(Emit(TestPlans.Read(name))));

    [Theory]
    [InlineData("LeNet")]
    [InlineData("Outline")]
    public void Compile_BesideHostileCode_GivesNoWarning(string name) =>
        Compilations.Emit(Compilations.Create(Emit(TestPlans.Read(name)), HostileCode));

    /// <summary>C# warns of types that may become words of the language; the project has chosen the name.</summary>
    [Fact]
    public void Compile_ClassOfLowerCaseLetters_GivesNoWarning()
    {
        ExecutionPlan plan = TestPlans.Read("Tiny");
        Compilations.Emit(Compilations.Create(Emit(plan with { Class = plan.Class with { Name = "tiny" } })));
    }

    [Fact]
    public void Compile_SeveralModels_GivesNoWarning() =>
        Compilations.Emit(Compilations.Create(TestPlans.Names.Where(n => n != "Outline").Select(n => Emit(TestPlans.Read(n)))));

    [Fact]
    public void Compile_NewerLanguage_GivesNoWarning()
    {
        CSharpCompilation compilation = Compilations.Create(Emit(TestPlans.Read("Tiny")), TinyDriver);
        CSharpParseOptions preview = Compilations.ParseOptions.WithLanguageVersion(LanguageVersion.Preview);

        Compilations.Emit(compilation.RemoveAllSyntaxTrees().AddSyntaxTrees(
            compilation.SyntaxTrees.Select(t => CSharpSyntaxTree.ParseText(t.GetText(), preview, t.FilePath))));
    }

    [Theory]
    [InlineData(PlanType.F16)]
    [InlineData(PlanType.F32)]
    [InlineData(PlanType.F64)]
    [InlineData(PlanType.U8)]
    [InlineData(PlanType.S8)]
    [InlineData(PlanType.U16)]
    [InlineData(PlanType.S16)]
    [InlineData(PlanType.U32)]
    [InlineData(PlanType.S32)]
    [InlineData(PlanType.U64)]
    [InlineData(PlanType.S64)]
    [InlineData(PlanType.Bool)]
    internal void Compile_PortsOfType_GivesNoWarning(PlanType type)
    {
        ExecutionPlan plan = TestPlans.Read("Outline");

        Compilations.Emit(Compilations.Create(
            Emit(
                plan with { Tensors = new(plan.Tensors.Select(t => t with { Type = type })) }),
                "[assembly: global::System.CLSCompliant(true)]"));
    }

    [Theory]
    [InlineData("Returns")]
    [InlineData("Writes")]
    [InlineData("ReturnsFromTensor")]
    [InlineData("WritesToTensor")]
    public void Predict_Tiny_GivesSoftmaxOfReluAndBias(string overload)
    {
        float[] x = [-1, 0, 1, 2, 5, -5, 0.5f, 0.25f, 0, 0, 0, 0];

        float[] y = Call(overload, x);

        for (int row = 0; row < 3; row++)
        {
            double[] exponentials = [.. s_bias.Select((b, i) => Math.Exp(Math.Max(x[(row * 4) + i], 0) + b))];
            for (int i = 0; i < 4; i++)
            {
                Assert.Equal(exponentials[i] / exponentials.Sum(), y[(row * 4) + i], 1e-6);
            }
        }
    }

    [Fact]
    public void Predict_Tiny_GivesSecondOutputAndBatch()
    {
        Assert.Equal([0, 0, 1, 2], Call("ReturnsRelu", [-1, 0, 1, 2]));
        Assert.Equal(5, s_tiny.Value.GetType("Driver")!.GetMethod("Batch")!.CreateDelegate<Func<float[], int>>()(new float[20]));
    }

    [Theory]
    [InlineData("Returns", 7, "'x' has the shape [batch, 4]: its length must be a multiple of 4, and it is 7.")]
    [InlineData("WritesTooMuch", 8, "'reluOutput' has the shape [batch, 4]: its length must be 8 here, and it is 9.")]
    [InlineData("FromFlatTensor", 8, "'x' has the shape [batch, 4]: it must be [8, 4] here, and it is [8].")]
    [InlineData("FromTransposedTensor", 16, "'x' must lie densely in memory, row by row. Copy it first.")]
    [InlineData("FromTensorWithGaps", 32, "'x' must lie densely in memory, row by row. Copy it first.")]
    [InlineData("WritesOverItsInput", 8, "'reluOutput' shares memory with 'x', which is still read while 'reluOutput' is written. Give")]
    [InlineData("WritesPartlyIntoOneMemory", 8, "'reluOutput' shares memory with 'probabilities', which is still read while")]
    public void Predict_WrongArgument_SaysWhatWasExpectedAndGiven(string overload, int length, string message)
    {
        var error = Assert.Throws<ArgumentException>(() => Call(overload, new float[length]));

        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(message.Split('\'')[1], error.ParamName);
    }

    [Theory]
    [InlineData("Returns")]
    [InlineData("ReturnsFromTensor")]
    public void Predict_NoSamples_GivesNone(string overload) => Assert.Empty(Call(overload, []));

    [Fact]
    public void Predict_IntoSpans_AllocatesNothing() => Assert.Equal([0f], Call("AllocatedBytes", new float[400]));

    [Fact]
    public void Constants_Tiny_AreThoseOfTheModel() =>
        Assert.Equal([4, 4, -1, 4, -1, 4], s_tiny.Value.GetType("Driver")!.GetMethod("Constants")!.CreateDelegate<Func<int[]>>()());

    [Theory]
    [InlineData("Returns")]
    [InlineData("ReturnsFromTensors")]
    public void Predict_TwoSymbols_GivesProductsAndTheirMeans(string overload)
    {
        long[] ids = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        EncoderPredict predict = s_encoder.Value.GetType("Driver")!.GetMethod(overload)!.CreateDelegate<EncoderPredict>();

        (int batch, int sequence, float[] hidden, float[] means) = predict(ids, new long[10], 2, 5);

        Assert.Equal((2, 5), (batch, sequence));
        Assert.Equal(ids.SelectMany(id => s_scale.Select(s => id * s)), hidden);
        Assert.Equal([.. s_scale.Select(s => 3 * s), .. s_scale.Select(s => 8 * s)], means);
    }

    [Fact]
    public void Predict_InputsThatDisagree_SaysWhich()
    {
        EncoderPredict predict = s_encoder.Value.GetType("Driver")!.GetMethod("Returns")!.CreateDelegate<EncoderPredict>();

        Assert.Throws<ArgumentOutOfRangeException>("sequence", () => (object)predict([], [], 2, 0));
        Assert.Throws<ArgumentOutOfRangeException>("batch", () => (object)predict([1], [1], -1, -1));
        Assert.Throws<ArgumentException>("inputIds", () => (object)predict([1], [1], int.MaxValue, int.MaxValue));
        var error = Assert.Throws<ArgumentException>("attentionMask", () => (object)predict(new long[10], new long[9], 2, 5));
        Assert.StartsWith(
            "'attentionMask' has the shape [batch, sequence]: its length must be 10 here, and it is 9.", error.Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Returns")]
    [InlineData("ReturnsFromTensors")]
    public void Predict_SymbolWithARange_ChecksIt(string overload)
    {
        ExecutionPlan plan = TestPlans.Read("Encoder") with
        {
            Ranges = new([new PlanRange("batch", 1, 2), new PlanRange("sequence", 3, 5)]),
        };
        EncoderPredict predict =
            Build(plan, s_scale, EncoderDriver).GetType("Driver")!.GetMethod(overload)!.CreateDelegate<EncoderPredict>();

        Assert.Equal((2, 5), (predict(new long[10], new long[10], 2, 5).Batch, predict(new long[10], new long[10], 2, 5).Sequence));
        Assert.Equal(3, predict(new long[6], new long[6], 2, 3).Sequence);
        Assert.Throws<ArgumentOutOfRangeException>("batch", () => (object)predict(new long[9], new long[9], 3, 3));
        Assert.Throws<ArgumentOutOfRangeException>("sequence", () => (object)predict(new long[6], new long[6], 1, 6));
        var error = Assert.Throws<ArgumentOutOfRangeException>("sequence", () => (object)predict(new long[4], new long[4], 2, 2));
        Assert.StartsWith("The dimension 'sequence' must be from 3 to 5", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(LanguageVersion.CSharp10)]
    [InlineData(LanguageVersion.CSharp12)]
    public void Compile_OlderLanguage_TakesArraysAndLeavesOutTensors(LanguageVersion version)
    {
        const string driver =
            "public static class Driver { public static float[] Run(float[] x) => new Tests.Tiny().Predict(x).Probabilities; }";
        string[] sources =
            [.. TestPlans.Names.Where(n => n != "Outline").Select(n => ModelEmitter.Emit(TestPlans.Read(n), "1.2.3.4", isCSharp13: false))];

        CSharpCompilation compilation =
            Compilations.Create(Compilations.ParseOptions.WithLanguageVersion(version), [.. sources, Documented(driver)]);

        Compilations.Emit(compilation);
        Assert.DoesNotContain(
            sources, s => s.Contains("TensorSpan", StringComparison.Ordinal) || s.Contains("OverloadResolution", StringComparison.Ordinal));
    }

    /// <summary>A project's own aliases hold in every file of it, generated ones too.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Compile_ProjectWithAliasesOfItsOwn_KeepsThemApart(bool hasNamespace)
    {
        string[] names = ["Runtime", "Kernels", "Ort", "ModelBuild", "Onnx"];
        string aliases = string.Concat(names.Select((n, i) => $"global using {n} = System.{(i % 2 == 0 ? "Console" : "IO")};\n"));
        ExecutionPlan plan = TestPlans.Read("Encoder");
        plan = plan with { Class = plan.Class with { Namespace = hasNamespace ? plan.Class.Namespace : "" } };

        ExecutionPlan engine = plan with { Backend = PlanBackend.OnnxRuntime, Steps = EquatableArray<PlanStep>.Empty };

        Assert.All(
            (ExecutionPlan[])[plan, engine],
            p => Assert.NotEmpty(Compilations.Emit(Compilations.Create(ModelEmitter.Emit(p, "1.2.3.4"), aliases))));
    }

    [Fact]
    public void Predict_LongPlan_RunsInMethodsThatTheJitOptimizes()
    {
        const int steps = 200;
        const string driver = "public static class Driver { public static float[] Run(float[] x) => new Chains.Chain().Predict(x).Y; }";
        Assembly assembly = Build(TestPlans.Chain(steps), [.. Enumerable.Repeat(1f, 16)], driver);
        MethodInfo[] methods = assembly.GetType("Chains.Chain")!.GetMethods(
            BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);

        float[] y = assembly.GetType("Driver")!.GetMethod("Run")!.CreateDelegate<Func<float[], float[]>>()(new float[32]);

        Assert.All(y, value => Assert.Equal(steps, value));
        Assert.Equal(7, methods.Count(m => m.Name.StartsWith("Steps", StringComparison.Ordinal)));
        Assert.All(methods, m => Assert.InRange(m.GetMethodBody()!.GetILAsByteArray()!.Length, 1, 60_000));
        Assert.All(methods, m => Assert.InRange(m.GetMethodBody()!.LocalVariables.Count, 0, 2_000));
    }

    [Theory]
    [InlineData(1, 32)]
    [InlineData(5, 32)]
    [InlineData(8, 32)]
    [InlineData(3, 8)]
    public void Predict_BatchInSlices_GivesWhatItGivesAtOnce(int batch, int bytes)
    {
        // Sixteen bytes of working memory for each sample: slices of two, or of one where there is not even room for that.
        ExecutionPlan plan = TestPlans.Read("Tiny") with { Slice = new PlanSlice("batch", bytes) };
        Assembly sliced = Build(plan, s_bias, TinyDriver);
        float[] x = [.. Enumerable.Range(0, 4 * batch).Select(i => MathF.Sin(i))];

        float[] y = sliced.GetType("Driver")!.GetMethod("Writes")!.CreateDelegate<Func<float[], float[]>>()(x);

        Assert.Equal(Call("Writes", x), y);
    }

    [Fact]
    public void Predict_TwoSymbolsInSlices_GivesWhatItGivesAtOnce()
    {
        // Less than a sample needs: slices of one.
        Assembly sliced = Build(TestPlans.Read("Encoder") with { Slice = new PlanSlice("batch", 1) }, s_scale, EncoderDriver);
        long[] ids = [.. Enumerable.Range(1, 15).Select(i => (long)i)];

        (int _, int _, float[] hidden, float[] means) = Run(sliced);

        (int _, int _, float[] expectedHidden, float[] expectedMeans) = Run(s_encoder.Value);
        Assert.Equal(expectedHidden, hidden);
        Assert.Equal(expectedMeans, means);

        (int Batch, int Sequence, float[] Hidden, float[] Means) Run(Assembly assembly) =>
            assembly.GetType("Driver")!.GetMethod("ReturnsFromTensors")!.CreateDelegate<EncoderPredict>()(ids, new long[15], 3, 5);
    }

    [Fact]
    public void Trim_BetweenCalls_ChangesNothingButMemory()
    {
        float[] x = [-1, 0, 1, 2];
        float[] before = Call("Writes", x);

        s_tiny.Value.GetType("Tests.Tiny")!.GetMethod("Trim")!.CreateDelegate<Action>()();

        Assert.Equal(before, Call("Writes", x));
    }

    [Fact]
    public void Predict_Outline_SaysThatABuildIsNeeded()
    {
        const string driver =
            "public static class Driver { public static float[] Run(float[] x) => new Fashion.Models.LeNet().Predict(x).Probs; }";
        Assembly assembly = Compilations.Load(Compilations.Emit(Compilations.Create(Emit(TestPlans.Read("Outline")), Documented(driver))));
        var run = assembly.GetType("Driver")!.GetMethod("Run")!.CreateDelegate<Func<float[], float[]>>();

        var error = Assert.Throws<InvalidOperationException>(() => run(new float[784]));

        Assert.Contains("A build of the project compiles the model.", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Emit_OutlineAndWholePlan_HaveTheSameSurface()
    {
        string[] whole = Surface("LeNet");

        Assert.Equal(whole, Surface("Outline"));
        Assert.Equal(4, whole.Count(m => m.Contains(" Predict(", StringComparison.Ordinal)));
    }

    private static string[] Surface(string plan) =>
    [
        .. Compilations.Load(Compilations.Emit(Compilations.Create(Emit(TestPlans.Read(plan))))).GetExportedTypes()
            .SelectMany(t => t.GetMembers(BindingFlags.Instance | BindingFlags.Static | BindingFlags.Public | BindingFlags.DeclaredOnly))
            .Select(m => $"{m.DeclaringType} {m}").Order(StringComparer.Ordinal),
    ];

    private static string Emit(ExecutionPlan plan) => ModelEmitter.Emit(plan, "1.2.3.4");

    private static string Documented(string driver) => "#pragma warning disable CS1591\n" + driver;

    private static Assembly Build(ExecutionPlan plan, float[] weights, string driver)
    {
        byte[] payload = WeightFile.Payload(weights);
        return Compilations.Load(Compilations.Emit(
            Compilations.Create(Emit(plan), Documented(driver)), (plan.Weights!.Name, WeightFile.Create(payload))));
    }

    private static float[] Call(string method, float[] x) =>
        s_tiny.Value.GetType("Driver")!.GetMethod(method)!.CreateDelegate<Func<float[], float[]>>()(x);
}
