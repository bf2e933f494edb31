using FashionMnist;
using ModelBuild.Compiler;
using ModelBuild.Compiler.Calibration;
using ModelBuild.Compiler.Execution;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Quantization;

namespace ModelBuild.Benchmarks;

/// <summary>
/// What each method of recovering accuracy, or of choosing ranges, buys in int8 and in modes that store weights as codes: SQNR and
/// agreement with fp32 on inputs that calibration has not seen.
/// </summary>
internal static class RecoveryGain
{
    private const int Images = 2000;

    private static readonly (string Name, RecoveryMethods Recovery, CalibrationMethod Ranges)[] s_recovery =
    [
        .. new[]
        {
            RecoveryMethods.None, RecoveryMethods.Gptq, RecoveryMethods.BiasCorrection, RecoveryMethods.SmoothQuant,
            RecoveryMethods.Equalization, RecoveryMethods.Int16, RecoveryMethods.Ranges,
            RecoveryMethods.All,
        }
            .Select(methods => (Name(methods), methods, CalibrationMethod.MinMax)),
    ];

    private static readonly (string Name, RecoveryMethods Recovery, CalibrationMethod Ranges)[] s_ranges =
    [
        .. CalibrationMethod.Words.Select(word => (
            word, RecoveryMethods.All,
            CalibrationMethod.TryRead(word, out CalibrationMethod method, out _) ? method : throw new InvalidOperationException(word))),
    ];

    /// <param name="arguments">
    /// Nothing for the sample's networks on test images; or a model, its calibration file, and a file with other samples. Before them the
    /// mode, where it is not int8: <c>--mode=int4-weights</c>.
    /// </param>
    /// <param name="ofRanges">Compares methods of choosing ranges, with all methods of recovery.</param>
    public static void Write(TextWriter output, string[] arguments, bool ofRanges = false)
    {
        ModelMode mode = ModelMode.Int8;
        if (arguments is [{ } first, ..] && first.StartsWith("--mode=", StringComparison.Ordinal))
        {
            mode = ModelModeNames.TryRead(first["--mode=".Length..], out ModelMode read, out string? way)
                ? read : throw new ArgumentException($"'{first}' names no mode. {way}", nameof(arguments));
            arguments = arguments[1..];
        }

        (string Name, RecoveryMethods Recovery, CalibrationMethod Ranges)[] columns = ofRanges ? s_ranges : s_recovery;
        output.WriteLine(
            $"SQNR in dB (same largest output as fp32 in %) of {mode.Word()}, on samples that calibration has not seen; bytes of weights");
        output.WriteLine();
        output.WriteLine($"{"model",-20}   {string.Join("   ", columns.Select(c => $"{c.Name,-16}"))}");
        if (arguments is [var model, var calibration, var samples])
        {
            WriteRow(output, mode, columns, model, calibration, graph => CalibrationData.Open([samples], graph.Inputs).Samples());
            return;
        }

        FashionImages images = FashionImages.Load(Path.Combine(AppContext.BaseDirectory, "data"));
        foreach (string name in (string[])["lenet", "resnet"])
        {
            WriteRow(
                output, mode, columns, Path.Combine(AppContext.BaseDirectory, "models", $"{name}.fp32.onnx"),
                Path.Combine(AppContext.BaseDirectory, "calibration", "images.npz"),
                graph => Enumerable.Range(0, Images).Select(i => (IReadOnlyDictionary<string, Tensor>)new Dictionary<string, Tensor>
                {
                    [graph.Inputs[0].Name] = Tensor.Of(images[i], 1, 1, 28, 28),
                }));
        }
    }

    private static void WriteRow(
        TextWriter output, ModelMode mode, (string Name, RecoveryMethods Recovery, CalibrationMethod Ranges)[] columns, string model,
        string calibration, Func<Graph, IEnumerable<IReadOnlyDictionary<string, Tensor>>> samples)
    {
        using CompiledModel reference = Compile(
            model, calibration, ModelMode.Fp32, RecoveryMethods.None, CalibrationMethod.MinMax);
        var floats = new Interpreter(reference.Compiled);
        output.Write($"{Path.GetFileName(model).Split('.')[0],-20}");
        long bytes = 0;
        foreach ((_, RecoveryMethods methods, CalibrationMethod ranges) in columns)
        {
            using CompiledModel compiled = Compile(model, calibration, mode, methods, ranges);
            bytes = compiled.Compiled.Weights.Length;
            var integers = new Interpreter(compiled.Compiled);
            int same = 0;
            int count = 0;
            double sqnr = NoiseMeter.Compare(floats, integers, Counted(samples(reference.Portable)), CancellationToken.None)!.Sqnr!.Value;
            output.Write($"   {$"{sqnr:F1} ({100.0 * same / count:F2})",-16}");

            IEnumerable<IReadOnlyDictionary<string, Tensor>> Counted(IEnumerable<IReadOnlyDictionary<string, Tensor>> all)
            {
                foreach (IReadOnlyDictionary<string, Tensor> sample in all)
                {
                    count++;
                    same += Largest(floats, sample) == Largest(integers, sample) ? 1 : 0;
                    yield return sample;
                }
            }
        }

        output.WriteLine($"   {bytes}");
    }

    private static int Largest(Interpreter interpreter, IReadOnlyDictionary<string, Tensor> sample)
    {
        float[] first = interpreter.Run(sample)[interpreter.Plan.Outputs[0].Name].ToFloats();
        return Array.IndexOf(first, first.Max());
    }

    private static CompiledModel Compile(
        string model, string calibration, ModelMode mode, RecoveryMethods methods, CalibrationMethod ranges) =>
        ModelCompiler.CompileModel(new CompileOptions
        {
            ModelPath = model,
            Mode = mode,
            CalibrationFiles = [calibration],
            Recovery = methods,
            CalibrationMethod = ranges,
            ClassName = "Model",
            ResourceName = "Model.weights",
        });

    private static string Name(RecoveryMethods methods) => methods == RecoveryMethods.BiasCorrection
        ? "bias-correction" : methods.ToString().ToLowerInvariant();
}
