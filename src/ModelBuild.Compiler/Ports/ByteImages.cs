using ModelBuild.Compiler.Graphs;
using ModelBuild.Compiler.Names;
using ModelBuild.Compiler.Operators;
using ModelBuild.Plan;

namespace ModelBuild.Compiler.Ports;

/// <summary>
/// Lets inputs of floats take bytes. What the application would do to an image stands in front of the graph then, before anything else
/// looks at it, so that it holds in every mode and in the ONNX file:
/// <code>
///   image f32 [N,3,H,W] → …   becomes   image u8 [N,H,W,3] → Gather → Cast → Sub → Mul → Transpose → …   (Preprocessing)
///                                       image u8 [N,3,H,W] → Cast → …                                    (none)
///   rows f32 [N,8] → …        becomes   rows u8 [N,8] → Cast → Sub → Mul → …                             (Preprocessing of no picture)
/// </code>
/// The difference comes first: where it is an integer, it is exact, and in int8 the bytes are the codes.
/// </summary>
internal static class ByteImages
{
    /// <exception cref="CompilationException">MODELB2019: an input is none, or not the image that is declared.</exception>
    public static void Run(Graph graph, CompileOptions options)
    {
        foreach (Value input in Chosen(graph, options))
        {
            int place = graph.Inputs.IndexOf(input);
            Value bytes = graph.NewValue($"{input.Name}_image", DataType.UInt8, input.Shape);
            (bytes.Name, input.Name) = (input.Name, bytes.Name);
            graph.PortsInBFloat16.Remove(bytes.Name);
            graph.Inputs[place] = bytes;
            Prepare(graph, input, bytes, options);
        }
    }

    private static IEnumerable<Value> Chosen(Graph graph, CompileOptions options)
    {
        PortTypes types = options.InputType;
        string[] inputs = [.. graph.Inputs.Select(i => i.Name)];
        foreach ((string name, PortType type) in types.Named)
        {
            Value input = graph.Inputs.Find(i => i.Name == name) ?? throw Unfit(
                options,
                $"InputType names '{name}', which is no input: there {(inputs.Length == 1 ? "is" : "are")} "
                    + $"{string.Join(", ", inputs.Select(i => $"'{i}'"))}.{Suggestion.For(name, inputs)}");
            if (type == PortType.UInt8 && !IsImage(input) && !IsPrepared(input) && !CodePorts.CanBeCodes(input, options))
            {
                throw Unfit(
                    options,
                    $"input '{name}' takes {input.Type} {input.Shape}, and InputType=\"uint8\" is for images, floats in four dimensions, "
                        + "and for floats that mean, std or scale of Preprocessing makes of bytes. Leave it out of InputType, or declare "
                        + "these. Codes of what is no image are an input of floats in int8, int16x8 and auto.");
            }
        }

        Value[] chosen = [.. graph.Inputs.Where(i => types.Of(i.Name) == PortType.UInt8 && (IsImage(i) || IsPrepared(i)))];
        return chosen.Length > 0 || types.Every != PortType.UInt8 || graph.Inputs.Exists(i => CodePorts.CanBeCodes(i, options))
            ? chosen
            : throw Unfit(
                options,
                "InputType=\"uint8\" is for images, floats in four dimensions, and no input is one: "
                    + $"{string.Join(", ", graph.Inputs.Select(i => $"'{i.Name}' takes {i.Type} {i.Shape}"))}. Leave InputType out.");

        // Where there are images, they are what Preprocessing is about.
        bool IsPrepared(Value input) => IsFloat(input) && options.Preprocessing is not null
            && !graph.Inputs.Exists(i => types.Of(i.Name) == PortType.UInt8 && IsImage(i));
    }

    private static bool IsFloat(Value input) => input.Type is DataType.Float32 or DataType.Float16 or DataType.Float64;

    private static bool IsImage(Value input) => IsFloat(input) && input.KnownShape.Rank == 4;

    /// <summary>Makes a value of what takes its place as an input.</summary>
    private static void Prepare(Graph graph, Value image, Value bytes, CompileOptions options)
    {
        string name = bytes.Name;
        if (options.Preprocessing is not { } steps)
        {
            Make("Cast", bytes, image, ("to", (long)image.Type));
            return;
        }

        (ImageLayout layout, ImageChannels? channels) =
            IsImage(image) ? Declared(image, bytes.Name, steps, options) : (DeclaredOfNumbers(image, bytes.Name, steps, options), null);
        Shape shape = image.KnownShape;
        bool isTurned = layout == ImageLayout.Nchw && IsImage(image);
        Shape interleaved = isTurned ? new Shape([shape[0], shape[2], shape[3], shape[1]]) : shape;
        bytes.Shape = interleaved;
        bytes.Pixels = channels == ImageChannels.Bgr ? ImageChannels.Rgb : channels;
        Value value = bytes;
        if (channels == ImageChannels.Bgr)
        {
            Value order = graph.NewConstant($"{name}_channels", Tensor.Of([2L, 1, 0], 3));
            value = Append("Gather", [value, order], DataType.UInt8, ("axis", 3L));
        }

        value = Append("Cast", [value], DataType.Float32, ("to", (long)DataType.Float32));
        double scale = steps.Scale ?? 1;
        value = Combine("Sub", value, [.. steps.Mean.Select(m => (float)(m / scale))], 0);
        value = Combine("Mul", value, [.. steps.Std.Select(s => (float)(scale / s))], 1);
        if (image.Type != DataType.Float32)
        {
            value = Append("Cast", [value], image.Type, ("to", (long)image.Type));
        }

        if (isTurned)
        {
            Make("Transpose", value, image, ("perm", new long[] { 0, 3, 1, 2 }));
        }
        else
        {
            Make("Identity", value, image);
        }

        Value Append(string type, IEnumerable<Value?> inputs, DataType result, params (string Name, AttributeValue Value)[] attributes) =>
            graph.Add(
                Domains.Onnx, type, $"{name}_{type}", inputs, $"{name}_{type}", result, interleaved, AttributeValue.ByName(attributes));

        Value Combine(string type, Value with, float[] numbers, float neutral) => Array.TrueForAll(numbers, n => n == neutral)
            ? with
            : Append(
                type,
                [with, graph.NewConstant($"{name}_{type}_constant", Tensor.Of(numbers, Dimensions(numbers.Length)))],
                DataType.Float32);

        // Channels lie last, or second where others are behind them.
        long[] Dimensions(int count) => count == 1 ? []
            : [count, .. Enumerable.Repeat(1L, isTurned || layout == ImageLayout.Nhwc ? 0 : shape.Rank - 2)];

        void Make(string type, Value input, Value output, params (string Name, AttributeValue Value)[] attributes) =>
            graph.Add(new Node(Domains.Onnx, type, $"{name}_{type}", [input], [output], AttributeValue.ByName(attributes)));
    }

    /// <summary>
    /// What is declared of an image, checked against its input. One that has other than one or three channels is no picture: its channels
    /// have no names.
    /// </summary>
    private static (ImageLayout Layout, ImageChannels? Channels) Declared(
        Value image, string name, ImagePreprocessing steps, CompileOptions options)
    {
        Shape shape = image.KnownShape;
        bool isFirst = IsPicture(shape[1]);
        bool isLast = IsPicture(shape[3]);
        ImageLayout layout = steps.Layout ?? (isFirst != isLast ? isFirst ? ImageLayout.Nchw : ImageLayout.Nhwc
            : LayoutOfNumbers(image, name, steps, options, isFirst || steps.Channels is not null ? null : Most(steps)));
        Dimension count = shape[layout == ImageLayout.Nchw ? 1 : 3];
        bool isPicture = isFirst || isLast || steps.Channels is not null || !count.IsConstant;
        ImageChannels? channels = isPicture ? steps.Channels ?? (Is(count, 1) ? ImageChannels.Gray : ImageChannels.Rgb) : null;
        int expected = channels == ImageChannels.Gray ? 1 : 3;
        if (channels is { } named && !Is(count, expected))
        {
            throw Unfit(
                options,
                $"its Preprocessing gives {Plural.Of(expected, "channel")} ({named.ToString().ToLowerInvariant()}, "
                    + $"{layout.ToString().ToLowerInvariant()}), but input '{name}' takes {shape}. Say channels=gray for one channel, "
                    + "rgb or bgr for three, and layout=nchw or nhwc where the channels are elsewhere.");
        }

        RequireNumbers(name, steps, options, count);
        if ((steps.Crop ?? (steps.Resize is { Width: not null } ? steps.Resize : null)) is { } size)
        {
            (Dimension height, Dimension width) = layout == ImageLayout.Nchw ? (shape[2], shape[3]) : (shape[1], shape[2]);
            int wide = size.Width ?? size.Height;
            if ((height.IsConstant && height.Value != size.Height) || (width.IsConstant && width.Value != wide))
            {
                throw Unfit(
                    options,
                    $"its Preprocessing makes images of {size.Height}×{wide}, but input '{name}' takes {height}×{width}. Say "
                        + $"crop={height}x{width}, or leave resize and crop out: they say how samples get the model's size, and calls "
                        + "pass images that have it.");
            }
        }

        return (layout, channels);
    }

    /// <summary>The same of an input that has not the dimensions of an image.</summary>
    private static ImageLayout DeclaredOfNumbers(Value input, string name, ImagePreprocessing steps, CompileOptions options)
    {
        Shape shape = input.KnownShape;
        if (steps.Resize is not null || steps.Crop is not null || steps.Channels is not null)
        {
            throw Unfit(
                options,
                $"resize, crop and channels of its Preprocessing are about pictures, and input '{name}' takes {shape}. Leave them out: "
                    + "scale, mean and std are for any numbers.");
        }

        int most = Most(steps);
        if (most == 1)
        {
            return ImageLayout.Nhwc;
        }

        ImageLayout layout = steps.Layout
            ?? (shape.Rank == 2 ? ImageLayout.Nhwc : LayoutOfNumbers(input, name, steps, options, shape.Rank < 2 ? null : most));
        RequireNumbers(name, steps, options, shape.Rank < 2 ? 1 : shape[layout == ImageLayout.Nchw ? 1 : shape.Rank - 1]);
        return layout;
    }

    /// <summary>Where the channels are, by how many numbers are declared for them.</summary>
    /// <param name="numbers">How many; null where that does not tell.</param>
    private static ImageLayout LayoutOfNumbers(
        Value input, string name, ImagePreprocessing steps, CompileOptions options, int? numbers)
    {
        Shape shape = input.KnownShape;
        return numbers is > 1 && Is(shape[1], numbers.Value) != Is(shape[^1], numbers.Value)
            ? Is(shape[1], numbers.Value) ? ImageLayout.Nchw : ImageLayout.Nhwc
            : throw Unfit(
                options,
                $"the shape {shape} of input '{name}' does not tell where its channels are. Say layout=nchw or layout=nhwc in "
                    + "Preprocessing.");
    }

    /// <summary>How many numbers the longer of mean and deviation has.</summary>
    private static int Most(ImagePreprocessing steps) => Math.Max(steps.Mean.Count, steps.Std.Count);

    private static void RequireNumbers(string name, ImagePreprocessing steps, CompileOptions options, Dimension channels)
    {
        foreach (int numbers in (int[])[steps.Mean.Count, steps.Std.Count])
        {
            if (numbers != 1 && !Is(channels, numbers))
            {
                throw Unfit(
                    options,
                    $"input '{name}' has {(channels.IsConstant ? Plural.Of((int)channels.Value, "channel") : $"{channels} channels")}, "
                        + $"and mean or std of its Preprocessing has {Plural.Of(numbers, "number")}. Give one for each channel, or one "
                        + "for all.");
            }
        }
    }

    private static bool IsPicture(Dimension channels) => Is(channels, 1) || Is(channels, 3);

    private static bool Is(Dimension dimension, long value) => dimension.IsConstant && dimension.Value == value;

    private static CompilationException Unfit(CompileOptions options, string what) => new(
        DiagnosticCodes.NotAnImage, $"Model '{Path.GetFileName(options.ModelPath)}': {what}", options.ModelPath);
}
