using System.Security.Cryptography;
using ModelBuild.Compiler.Files;
using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Onnx.Messages;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Onnx;

/// <summary>
/// Reads ONNX models. What comes out has types and shapes everywhere, every operator in the newest form that the compiler knows, and no
/// operator that it does not know. What is in half precision is float32 between the ports. The file is not trusted: whatever is wrong with
/// it ends in a <see cref="CompilationException"/>.
/// </summary>
internal static class OnnxImporter
{
    /// <summary>
    /// How often a graph is built anew because some of its symbols turned out to be one. Nearly all models need none of it or one.
    /// </summary>
    private const int RoundLimit = 8;

    /// <summary>Reads a model file and the files of external data beside it, each once.</summary>
    /// <param name="path">The model file. External data lies in its folder.</param>
    /// <param name="dimensions">Numbers for dimensions that the model leaves open, by their names in the file or as identifiers.</param>
    /// <exception cref="CompilationException">MODELB0001, 0006, 0007 or 1001 to 1007.</exception>
    public static ImportedModel Open(string path, IReadOnlyDictionary<string, DimensionRange>? dimensions = null) =>
        Guard(path, () => Build(new MappedFile(path), default, path, dimensions));

    /// <summary>The graph of a model file alone. The file stays mapped as long as the graph is in use.</summary>
    /// <inheritdoc cref="Open"/>
    public static Graph Import(string path, IReadOnlyDictionary<string, DimensionRange>? dimensions = null) => Open(path, dimensions).Graph;

    /// <summary>The same from memory.</summary>
    /// <param name="file">The bytes of the file.</param>
    /// <param name="path">What to call it, and where its external data would lie.</param>
    /// <param name="dimensions">As above.</param>
    public static Graph Import(ReadOnlyMemory<byte> file, string path, IReadOnlyDictionary<string, DimensionRange>? dimensions = null) =>
        Guard(path, () => Build(null, file, path, dimensions)).Graph;

    /// <param name="map">The file, and what is released when something is wrong with it; null where it is in memory.</param>
    private static ImportedModel Build(
        MappedFile? map, ReadOnlyMemory<byte> file, string path, IReadOnlyDictionary<string, DimensionRange>? dimensions)
    {
        var external = new ExternalData(path);
        try
        {
            file = map is null ? file : map.Length <= Array.MaxLength ? map.Window(0, (int)map.Length)
                : throw OnnxFormatException.TooLarge("an ONNX file has at most 2 GB. Export the weights as external data");
            Graph graph = Build(file, path, dimensions, external);
            return new ImportedModel(graph, Convert.ToHexStringLower(SHA256.HashData(file.Span)), external, map);
        }
        catch
        {
            external.Dispose();
            map?.Dispose();
            throw;
        }
    }

    private static Graph Build(
        ReadOnlyMemory<byte> file, string path, IReadOnlyDictionary<string, DimensionRange>? dimensions, ExternalData external)
    {
        ModelMessage model = ModelMessage.Read(file);
        long opset = model.Opsets.GetValueOrDefault(Domains.Onnx);
        if (opset is < 1 or > OperatorRegistry.NewestOpset)
        {
            throw new OnnxFormatException(
                DiagnosticCodes.UnsupportedFeature,
                $"it uses version {opset} of ONNX's operators; {OperatorRegistry.OldestOpset} to {OperatorRegistry.NewestOpset} are "
                    + "supported. Convert it or export it again");
        }

        GraphMessage message = FunctionInliner.Inline(model, model.Graph ?? throw OnnxFormatException.Corrupt("it has no graph"));
        var symbols = new SymbolTable(dimensions ?? new Dictionary<string, DimensionRange>());
        for (int round = 0; ; round++)
        {
            symbols.Begin();
            Graph graph = GraphBuilder.Build(message, external, symbols);
            symbols.CheckBindings();
            graph.Producer = model.Producer;
            graph.ImportedOpset = opset;
            graph.Opset = Math.Max(opset, OpsetUpgrade.Target);
            var context = new InferenceContext(path, graph.Opset)
            {
                Unify = round < RoundLimit ? symbols.Unify : null, NewSymbol = symbols.NewSymbol, NewVariable = symbols.NewVariable,
                Assumptions = graph.Assumptions,
            };
            try
            {
                GraphResolver.Resolve(graph, model, context);
            }
            catch (CompilationException) when (symbols.HasChanged || symbols.RefuseEmpty())
            {
                continue;
            }
            catch (CompilationException e) when (e.Findings.Any(f => f.Code == DiagnosticCodes.MalformedGraph))
            {
                string more = Emptiness(graph) + BoundBy(dimensions);
                throw new CompilationException(
                    [.. e.Findings.Select(f => f.Code == DiagnosticCodes.MalformedGraph ? f with { Message = f.Message + more } : f)]);
            }

            if (!symbols.HasChanged)
            {
                NameSizes(message.Outputs, graph, symbols);
                symbols.LetBeEmpty(EmptyPasts.Find(graph));
            }

            if (!symbols.HasChanged)
            {
                graph.Ranges = LeastSizes.Narrow(graph, symbols.Ranges());
                return graph;
            }
        }
    }

    /// <summary>What outputs call their dimensions says more than what makes them.</summary>
    private static void NameSizes(IEnumerable<ValueInfoMessage> outputs, Graph graph, SymbolTable symbols)
    {
        foreach ((ValueInfoMessage output, Value value) in outputs.Zip(graph.Outputs)
            .Where(o => o.First.Shape?.Count == o.Second.Shape?.Rank))
        {
            foreach ((DimensionMessage declared, Dimension size) in (output.Shape ?? []).Zip(value.KnownShape))
            {
                if (declared.Name.Length > 0)
                {
                    symbols.Name(size, declared.Name);
                }
            }
        }
    }

    /// <summary>Sizes that do not go together may come from the item; that it is to be looked at is said already.</summary>
    private static string BoundBy(IReadOnlyDictionary<string, DimensionRange>? dimensions) => dimensions is not { Count: > 0 } ? ""
        : $" The model was read with Dimensions=\"{string.Join(';', dimensions.Select(d => $"{d.Key}={d.Value}"))}\".";

    /// <summary>Nothing goes together with an image that has no rows, and a list may have nothing in it.</summary>
    private static string Emptiness(Graph graph) => string.Concat(
        graph.Inputs.Where(i => i.Shape?.Contains(Plan.Dimension.Zero) == true).Select(
            i => $" Input '{i.Name}' has the shape {i.Shape} in the file, so it has no elements: some tools write 0 for a size that they "
                + "leave open. Export the model with a number or a name in its place."));

    /// <summary>Turns what can go wrong while reading into findings that name the file.</summary>
    internal static T Guard<T>(string path, Func<T> read)
    {
        string name = Path.GetFileName(path);
        try
        {
            return read();
        }
        catch (OnnxFormatException e)
        {
            // Where there is a sentence behind the first, it says what to do already.
            string problem = e.Code switch
            {
                DiagnosticCodes.NotOnnx => $"'{name}' is not an ONNX model: {e.Message}.",
                DiagnosticCodes.CorruptModel => $"Model '{name}' is truncated or corrupt: {e.Message}. Copy or export it again.",
                DiagnosticCodes.TooLarge => $"Model '{name}' is too large: {e.Message}.",
                DiagnosticCodes.MalformedGraph when !e.Message.Contains(". ", StringComparison.Ordinal) =>
                    $"Model '{name}' cannot be used: {e.Message}. {InferenceContext.MalformedWayOut}",
                _ => $"Model '{name}' cannot be used: {e.Message}.",
            };
            throw new CompilationException(e.Code, problem, path);
        }
        catch (OverflowException e)
        {
            throw new CompilationException(
                DiagnosticCodes.TooLarge,
                $"Model '{name}' has sizes beyond what can be computed with: {e.Message}", path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CompilationException(
                DiagnosticCodes.ModelMissing, $"Model '{path}' does not exist. Correct the path.", path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CompilationException(
                DiagnosticCodes.ModelMissing, $"Model '{path}' cannot be read: {InputFile.Explain(path, e)}", path);
        }
    }
}
